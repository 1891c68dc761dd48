/* driver_class.h - GDAL's driver class, with a list of creation options that is
 * built when it is first requested. Plugins are registered before the GTiff
 * driver, and the list includes GTiff's options. */
#ifndef RETILE_GDAL_DRIVER_CLASS_H
#define RETILE_GDAL_DRIVER_CLASS_H

#include <string>

#include "cpl_string.h"
#include "gdal/base/fork_mutex.h"
#include "gdal_priv.h"
#include "io/dataset/gdal_versions.h"

/* The results of both methods are valid as long as the driver, for any thread.
 */
class RetileDriver final : public GDALDriver
{
  public:
    RetileMetadataList GetMetadata(const char *pszDomain = "") override;
    const char *GetMetadataItem(const char *pszName,
                                const char *pszDomain = "") override;

  private:
    bool Complete();

    RetileMutex m_oMutex{};
    /* Guarded by m_oMutex until it is true. The members below do not change
     * after that. */
    bool m_bComplete = false;
    std::string m_osOptionList{};
    std::string m_osTypes{};       /* that GTiff creates */
    CPLStringList m_aosMetadata{}; /* of the default domain */
};

#endif
