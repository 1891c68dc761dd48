/* driver_class.cpp - see driver_class.h. */
#include "gdal/driver_class.h"

#include "gdal/base/report.h"
#include "gdal/copy/creation_options.h"

/* Completes the list when GTiff exists, and the COG driver if there is one:
 * GDAL registers both before it loads plugins, or after them (GDAL_SKIP,
 * deferred plugins). Until then GDALDriver's list has only the options of this
 * driver. The manager is called outside the lock, because it asks its drivers
 * under a lock of its own. */
bool RetileDriver::Complete()
{
    {
        const std::lock_guard<RetileMutex> oLock(m_oMutex);
        if (m_bComplete)
            return true;
    }
    const auto Item = [](const char *pszDriver, const char *pszName) {
        GDALDriver *poDriver =
            GetGDALDriverManager()->GetDriverByName(pszDriver);
        return poDriver ? poDriver->GetMetadataItem(pszName) : nullptr;
    };
    const char *pszList = Item("GTiff", GDAL_DMD_CREATIONOPTIONLIST);
    const char *pszCogList = Item("COG", GDAL_DMD_CREATIONOPTIONLIST);
    const char *pszTypes = Item("GTiff", GDAL_DMD_CREATIONDATATYPES);
    if (pszList == nullptr)
        return false;

    const std::lock_guard<RetileMutex> oLock(m_oMutex);
    if (m_bComplete)
        return true;
    m_osOptionList = RetileCreationOptionList(pszList, pszCogList);
    m_aosMetadata = CPLStringList(CSLDuplicate(GDALDriver::GetMetadata()));
    m_aosMetadata.SetNameValue(GDAL_DMD_CREATIONOPTIONLIST,
                               m_osOptionList.c_str());
    m_osTypes = pszTypes ? pszTypes : "";
    m_aosMetadata.SetNameValue(GDAL_DMD_CREATIONDATATYPES, pszTypes);
    m_bComplete = true;
    return true;
}

static bool IsDefault(const char *pszDomain)
{
    return pszDomain == nullptr || *pszDomain == '\0';
}

RetileMetadataList RetileDriver::GetMetadata(const char *pszDomain)
try {
    if (!IsDefault(pszDomain) || !Complete())
        return GDALDriver::GetMetadata(pszDomain);
    return m_aosMetadata.List();
} catch (...) {
    return RetileCaught<RetileMetadataList>(nullptr);
}

const char *RetileDriver::GetMetadataItem(const char *pszName,
                                          const char *pszDomain)
try {
    const bool bOptions = EQUAL(pszName, GDAL_DMD_CREATIONOPTIONLIST);

    if (!IsDefault(pszDomain) ||
        !(bOptions || EQUAL(pszName, GDAL_DMD_CREATIONDATATYPES)) ||
        !Complete())
        return GDALDriver::GetMetadataItem(pszName, pszDomain);
    if (bOptions)
        return m_osOptionList.c_str();
    return m_osTypes.empty() ? nullptr : m_osTypes.c_str();
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}
