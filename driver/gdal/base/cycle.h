/* cycle.h - finds descriptors that refer to themselves, or nest too deep.
 */
#ifndef RETILE_GDAL_BASE_CYCLE_H
#define RETILE_GDAL_BASE_CYCLE_H

#include <string>

#include "core/base/status.h"
#include "gdal/base/descriptor.h"

/* So many views may be opened one below the other. */
constexpr int RETILE_MAX_NESTING = 8;

/* A view being opened by this thread: refuses to be opened again below
 * itself. */
class RetileOpening
{
  public:
    explicit RetileOpening(const char *pszName);
    ~RetileOpening();
    RetileOpening(const RetileOpening &) = delete;
    RetileOpening &operator=(const RetileOpening &) = delete;

    /* RT_ERR_RANGE where more than RETILE_MAX_NESTING views are being opened.
     * To be asked before all else. */
    rt_status CheckNesting(rt_error *err) const;

    /* RT_ERR_ARGUMENT where the view leads back to itself: because it is
     * being opened already, or by way of a VRT, which opens its sources only
     * when it is read. */
    rt_status Check(const RetileDescriptor &oDescriptor, rt_error *err) const;

  private:
    std::string m_osName;
    bool m_bNested;
    int m_nOuter = 0;    /* views that are being opened above this one */
    int m_nPrefixes = 0; /* of the name, at its start */
    const RetileOpening *m_poOuter;
};

#endif
