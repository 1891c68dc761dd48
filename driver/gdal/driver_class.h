/* driver_class.h - the driver as GDAL's class, whose list of creation options
 * is made when it is asked for: plugins are registered before the GTiff
 * driver, whose options are part of it.
 */
#ifndef RETILE_GDAL_DRIVER_CLASS_H
#define RETILE_GDAL_DRIVER_CLASS_H

#include <string>

#include "cpl_string.h"
#include "gdal/base/fork_mutex.h"
#include "gdal_priv.h"

/* What either method returns is valid as long as the driver, from any
 * thread. */
class RetileDriver final : public GDALDriver
{
  public:
    char **GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;

  private:
    bool Complete();

    RetileMutex m_oMutex{};
    /* Guarded by m_oMutex until it is true; then the two below are fixed. */
    bool m_bComplete = false;
    std::string m_osOptionList{};
    CPLStringList m_aosMetadata{}; /* of the default domain */
};

#endif
