/* cycle.h - finds descriptors that refer to themselves.
 */
#ifndef RETILE_GDAL_CYCLE_H
#define RETILE_GDAL_CYCLE_H

#include <string>

#include "core/status.h"
#include "gdal/descriptor.h"

/* A view being opened by this thread: refuses to be opened again below
 * itself. */
class RetileOpening
{
  public:
    explicit RetileOpening(const char *pszName);
    ~RetileOpening();
    RetileOpening(const RetileOpening &) = delete;
    RetileOpening &operator=(const RetileOpening &) = delete;

    /* RT_ERR_ARGUMENT where the view leads back to itself: because it is
     * being opened already, or by way of a VRT, which opens its sources only
     * when it is read. */
    rt_status Check(const RetileDescriptor &oDescriptor, rt_error *err) const;

  private:
    std::string m_osName;
    bool m_bNested;
    const RetileOpening *m_poOuter;
};

#endif
