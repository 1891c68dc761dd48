/* driver_class.cpp - see driver_class.h. */
#include "gdal/driver_class.h"

#include "gdal/base/report.h"
#include "gdal/copy/creation_options.h"

/* Completes the list when GTiff exists. Until then GDALDriver's list has only
 * the options of this driver. The manager is called outside the lock, because
 * it asks its drivers under a lock of its own. */
bool RetileDriver::Complete()
{
    {
        const std::lock_guard<RetileMutex> oLock(m_oMutex);
        if (m_bComplete)
            return true;
    }
    GDALDriver *poGTiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    const char *pszList =
        poGTiff ? poGTiff->GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST)
                : nullptr;
    if (pszList == nullptr)
        return false;

    const std::lock_guard<RetileMutex> oLock(m_oMutex);
    if (m_bComplete)
        return true;
    m_osOptionList = RetileCreationOptionList(pszList);
    m_aosMetadata = CPLStringList(CSLDuplicate(GDALDriver::GetMetadata()));
    m_aosMetadata.SetNameValue(GDAL_DMD_CREATIONOPTIONLIST,
                               m_osOptionList.c_str());
    m_bComplete = true;
    return true;
}

static bool IsDefault(const char *pszDomain)
{
    return pszDomain == nullptr || *pszDomain == '\0';
}

char **RetileDriver::GetMetadata(const char *pszDomain)
try {
    if (!IsDefault(pszDomain) || !Complete())
        return GDALDriver::GetMetadata(pszDomain);
    return m_aosMetadata.List();
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

const char *RetileDriver::GetMetadataItem(const char *pszName,
                                          const char *pszDomain)
try {
    if (!IsDefault(pszDomain) || !EQUAL(pszName, GDAL_DMD_CREATIONOPTIONLIST) ||
        !Complete())
        return GDALDriver::GetMetadataItem(pszName, pszDomain);
    return m_osOptionList.c_str();
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}
