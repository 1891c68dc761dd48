/* cycle.h - finds descriptors that refer to themselves or nest too deep. */
#ifndef RETILE_GDAL_BASE_CYCLE_H
#define RETILE_GDAL_BASE_CYCLE_H

#include <string>

#include "core/base/status.h"
#include "gdal/base/descriptor.h"

/* Up to this many views may be opened inside each other. */
constexpr int RETILE_MAX_NESTING = 8;

/* A view that this thread is opening. The same view cannot be opened again
 * while it is being opened. */
class RetileOpening
{
  public:
    explicit RetileOpening(const char *pszName);
    ~RetileOpening();
    RetileOpening(const RetileOpening &) = delete;
    RetileOpening &operator=(const RetileOpening &) = delete;

    /* RT_ERR_RANGE if more than RETILE_MAX_NESTING views are being opened. Call
     * this before everything else. */
    rt_status CheckNesting(rt_error *err) const;

    /* RT_ERR_ARGUMENT if the view leads back to itself: either it is being
     * opened already, or a VRT leads back to it. A VRT may open its sources
     * only when it is read. */
    rt_status Check(const RetileDescriptor &oDescriptor, rt_error *err) const;

  private:
    std::string m_osName;
    bool m_bNested;
    int m_nOuter = 0;    /* views around this one that are being opened */
    int m_nPrefixes = 0; /* at the start of the name */
    const RetileOpening *m_poOuter;
};

#endif
