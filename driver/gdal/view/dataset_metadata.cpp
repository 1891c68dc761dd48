/* dataset_metadata.cpp - what a view says about itself apart from pixels:
 * metadata, files, georeferencing. */
#include "gdal/base/keep_existing.h"
#include "gdal/base/report.h"
#include "gdal/view/chip_metadata.h"
#include "gdal/view/dataset.h"

char **RetileDataset::GetMetadataDomainList()
try {
    CPLStringList aosDomains(GDALPamDataset::GetMetadataDomainList());

    CPLStringList aosSource(m_poView->WithSource([this](GDALDataset *poSource) {
        return m_nLevel > 0 ? nullptr : poSource->GetMetadataDomainList();
    }));
    for (int i = 0; i < aosSource.size(); i++)
        if (aosDomains.FindString(aosSource[i]) < 0 &&
            !RetileChipsHideDomain(*m_poView, aosSource[i]))
            aosDomains.AddString(aosSource[i]);
    if (m_poView->Chips() != nullptr)
        aosDomains.AddString("RETILE_CHIPS");
    aosDomains.AddString("RETILE");
    aosDomains.AddString("RETILE_STATS");
    return aosDomains.StealList();
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

RetileMetadataList RetileDataset::GetMetadata(const char *pszDomain)
try {
    const std::string osDomain(pszDomain ? pszDomain : "");

    if (osDomain == "RETILE_STATS")
        return m_oLists.Keep(osDomain, RetileStatistics(*m_poView));
    if (osDomain == "RETILE")
        return m_oLists.Keep(osDomain, RetileDescription(*m_poView));
    if (osDomain == "RETILE_PLAN") {
        CPLStringList aosPlan;
        const std::string osPlan(RetilePlanItem(this, ""));
        if (!osPlan.empty())
            aosPlan.SetNameValue("PLAN", osPlan.c_str());
        return m_oLists.Keep(osDomain, std::move(aosPlan));
    }
    if (osDomain == "RETILE_CHIPS" && m_poView->Chips() != nullptr)
        return m_oLists.Keep(osDomain, RetileChipsDescription(*m_poView));
    if (m_nLevel > 0) {
        const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());
        return m_oLists.Keep(osDomain,
                             CPLStringList(CSLDuplicate(
                                 GDALPamDataset::GetMetadata(pszDomain))));
    }
    /* GDAL creates some lists at each call, so this runs under the source's
     * lock. */
    CPLStringList aosMerged = m_poView->WithSource([&](GDALDataset *poSource) {
        const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());
        CSLConstList papszOwn = GDALPamDataset::GetMetadata(pszDomain);
        const bool bOfView = EQUAL(osDomain.c_str(), "DERIVED_SUBDATASETS") ||
                             RetileChipsHideDomain(*m_poView, pszDomain);

        return RetileMergeMetadata(
            pszDomain,
            bOfView ? nullptr
                    : RetileSourceMetadata(*poSource, pszDomain).List(),
            papszOwn);
    });
    return m_oLists.Keep(osDomain, std::move(aosMerged));
} catch (...) {
    return RetileCaught<RetileMetadataList>(nullptr);
}

const char *RetileDataset::GetMetadataItem(const char *pszName,
                                           const char *pszDomain)
try {
    const std::string osDomain(pszDomain ? pszDomain : "");

    /* All under one key: there may be millions of overlapped tiles. */
    if (osDomain == "RETILE_CHIPS" && m_poView->Chips() != nullptr) {
        const std::string osItem = RetileChipItem(*m_poView, pszName);
        if (!osItem.empty())
            return m_oLists.KeepText("RETILE_CHIPS\nitem", osItem.c_str());
    }
    if (osDomain == "RETILE_PLAN") {
        const std::string osPlan(RetilePlanItem(this, pszName));
        return m_oLists.KeepText("RETILE_PLAN\nitem",
                                 osPlan.empty() ? nullptr : osPlan.c_str());
    }
    if (STARTS_WITH(osDomain.c_str(), "RETILE") || osDomain == "SUBDATASETS" ||
        osDomain == "DERIVED_SUBDATASETS")
        return CSLFetchNameValue(GetMetadata(pszDomain), pszName);
    const std::string osKey = osDomain + "\n" + pszName;
    const char *pszOwn = nullptr;
    {
        const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());
        pszOwn = m_oLists.KeepText(
            osKey, GDALPamDataset::GetMetadataItem(pszName, pszDomain));
    }
    if (pszOwn != nullptr || m_nLevel > 0 ||
        RetileHidesItem(pszName, pszDomain) ||
        RetileChipsHideDomain(*m_poView, pszDomain))
        return pszOwn;
    return m_poView->WithSource([&](GDALDataset *poSource) {
        return m_oLists.KeepText(osKey,
                                 poSource->GetMetadataItem(pszName, pszDomain));
    });
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}

CPLErr RetileDataset::SetMetadata(RetileOptionList papszMetadata,
                                  const char *pszDomain)
try {
    const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());

    return GDALPamDataset::SetMetadata(papszMetadata, pszDomain);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileDataset::SetMetadataItem(const char *pszName, const char *pszValue,
                                      const char *pszDomain)
try {
    const std::lock_guard<RetileRecursiveMutex> oLock(MetadataLock());

    return GDALPamDataset::SetMetadataItem(pszName, pszValue, pszDomain);
} catch (...) {
    return RetileCaught(CE_Failure);
}

char **RetileDataset::GetFileList()
try {
    CPLStringList aosFiles;

    if (m_bListNoFiles.exchange(false)) {
        RetileExpectDeletion(m_osLookedFor.c_str());
        return nullptr;
    }
    if (!m_osDescriptor.empty())
        aosFiles = CPLStringList(GDALPamDataset::GetFileList());
    CPLStringList aosSource(m_poView->WithInput(
        [](GDALDataset *poSource) { return poSource->GetFileList(); }));
    for (int i = 0; i < aosSource.size(); i++)
        aosFiles.AddString(aosSource[i]);
    return aosFiles.StealList();
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

/* Calls f with the dataset of the level, and with the source's dataset. The
 * first is nullptr if the source has no dataset for the level. */
template <class F> auto RetileDataset::WithLevel(F &&f) const
{
    return m_poView->WithInput([&](GDALDataset *poSource) {
        if (m_nLevel == 0)
            return f(poSource, poSource);
        if (m_poView->IsFocal() || m_poView->IsVirtual(m_nLevel))
            return f(static_cast<GDALDataset *>(nullptr), poSource);
        GDALRasterBand *poBand = GDALRasterBand::FromHandle(
            rt_gdal_level_band(GDALDataset::ToHandle(poSource), m_nLevel, 0));
        GDALDataset *poLevel = poBand->GetDataset();
        return f(poLevel != poSource ? poLevel : nullptr, poSource);
    });
}

const OGRSpatialReference *RetileDataset::GetSpatialRef() const
try {
    const OGRSpatialReference *poOwn = GDALPamDataset::GetSpatialRef();

    if (poOwn != nullptr)
        return poOwn;
    return WithLevel([](GDALDataset *poLevel, GDALDataset *poSource) {
        return (poLevel ? poLevel : poSource)->GetSpatialRef();
    });
} catch (...) {
    return RetileCaught<const OGRSpatialReference *>(nullptr);
}

/* If the source has no dataset for a level, its geotransform is scaled. */
template <class T>
CPLErr RetileDataset::SourceGeoTransform(T &&oTransform) const
{
    const RetileLevelSize &oFull = m_poView->Level(0);
    const RetileLevelSize &oSize = m_poView->Level(m_nLevel);
    const double dfX =
        static_cast<double>(oFull.nSourceWidth) / oSize.nSourceWidth;
    const double dfY =
        static_cast<double>(oFull.nSourceHeight) / oSize.nSourceHeight;

    return WithLevel([&](GDALDataset *poLevel, GDALDataset *poSource) {
        if (poLevel != nullptr)
            return poLevel->GetGeoTransform(oTransform);
        const CPLErr eErr = poSource->GetGeoTransform(oTransform);
        for (const int i : {1, 4})
            oTransform[i] *= dfX;
        for (const int i : {2, 5})
            oTransform[i] *= dfY;
        return eErr;
    });
}

CPLErr RetileDataset::GetGeoTransform(RetileGeoTransform oTransform)
    RETILE_GEOTRANSFORM_CONST
try {
    if (GDALPamDataset::GetGeoTransform(oTransform) == CE_None)
        return CE_None;
    return m_poView->Chips() != nullptr ? CE_Failure
                                        : SourceGeoTransform(oTransform);
} catch (...) {
    return RetileCaught(CE_Failure);
}

int RetileDataset::GetGCPCount()
try {
    const int nOwn = GDALPamDataset::GetGCPCount();

    if (nOwn > 0 || m_poView->Chips() != nullptr)
        return nOwn;
    return WithLevel([](GDALDataset *poLevel, GDALDataset *) {
        return poLevel ? poLevel->GetGCPCount() : 0;
    });
} catch (...) {
    return RetileCaught(0);
}

const OGRSpatialReference *RetileDataset::GetGCPSpatialRef() const
try {
    const OGRSpatialReference *poOwn = GDALPamDataset::GetGCPSpatialRef();

    if (poOwn != nullptr || m_poView->Chips() != nullptr)
        return poOwn;
    return WithLevel([](GDALDataset *poLevel, GDALDataset *) {
        return poLevel ? poLevel->GetGCPSpatialRef() : nullptr;
    });
} catch (...) {
    return RetileCaught<const OGRSpatialReference *>(nullptr);
}

const GDAL_GCP *RetileDataset::GetGCPs()
try {
    if (GDALPamDataset::GetGCPCount() > 0 || m_poView->Chips() != nullptr)
        return GDALPamDataset::GetGCPs();
    return WithLevel([](GDALDataset *poLevel, GDALDataset *) {
        return poLevel ? poLevel->GetGCPs() : nullptr;
    });
} catch (...) {
    return RetileCaught<const GDAL_GCP *>(nullptr);
}
