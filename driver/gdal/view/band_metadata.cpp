/* band_metadata.cpp - what a band provides besides pixels: values that were set
 * on the view, otherwise the source's. See band.h. */
#include "gdal/view/band.h"

#include "gdal/base/report.h"
#include "gdal/view/chip_metadata.h"

char **RetileBand::GetMetadataDomainList()
try {
    CPLStringList aosDomains(GDALPamRasterBand::GetMetadataDomainList());

    CPLStringList aosSource(
        View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
            return poSource->GetMetadataDomainList();
        }));
    for (int i = 0; i < aosSource.size(); i++)
        if (aosDomains.FindString(aosSource[i]) < 0)
            aosDomains.AddString(aosSource[i]);
    return aosDomains.StealList();
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

/* Metadata of the full resolution is not true of a computed level, except for
 * how pixels are stored. */
bool RetileBand::HidesDomain(const char *pszDomain) const
{
    return View().IsVirtual(m_nLevel) &&
           !(pszDomain != nullptr && EQUAL(pszDomain, "IMAGE_STRUCTURE"));
}

RetileMetadataList RetileBand::GetMetadata(const char *pszDomain)
try {
    CPLStringList aosMerged =
        View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
            const std::lock_guard<RetileRecursiveMutex> oLock(
                Dataset()->MetadataLock());
            return RetileMergeMetadata(
                pszDomain,
                HidesDomain(pszDomain)
                    ? nullptr
                    : RetileChipsShow(
                          View(), pszDomain,
                          RetileSourceMetadata(*poSource, pszDomain).List())
                          .List(),
                GDALPamRasterBand::GetMetadata(pszDomain));
        });

    return m_oLists.Keep(pszDomain ? pszDomain : "", std::move(aosMerged));
} catch (...) {
    return RetileCaught<RetileMetadataList>(nullptr);
}

const char *RetileBand::GetMetadataItem(const char *pszName,
                                        const char *pszDomain)
try {
    const std::string osKey =
        std::string(pszDomain ? pszDomain : "") + "\n" + pszName;
    const char *pszOwn = nullptr;
    bool bReplaced = false;
    {
        const std::lock_guard<RetileRecursiveMutex> oLock(
            Dataset()->MetadataLock());
        pszOwn = m_oLists.KeepText(
            osKey, GDALPamRasterBand::GetMetadataItem(pszName, pszDomain));
        bReplaced = RetileIsStatistic(pszName, pszDomain) &&
                    GDALPamRasterBand::GetMetadataItem(RETILE_ANY_STATISTIC);
    }
    if (pszOwn != nullptr || bReplaced || HidesDomain(pszDomain) ||
        RetileHidesItem(pszName, pszDomain) ||
        RetileChipsHideItem(View(), pszName, pszDomain))
        return pszOwn;
    return View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
        return m_oLists.KeepText(osKey,
                                 poSource->GetMetadataItem(pszName, pszDomain));
    });
} catch (...) {
    return RetileCaught<const char *>(nullptr);
}

CPLErr RetileBand::SetMetadata(RetileOptionList papszMetadata,
                               const char *pszDomain)
try {
    const std::lock_guard<RetileRecursiveMutex> oLock(
        Dataset()->MetadataLock());

    return GDALPamRasterBand::SetMetadata(papszMetadata, pszDomain);
} catch (...) {
    return RetileCaught(CE_Failure);
}

CPLErr RetileBand::SetMetadataItem(const char *pszName, const char *pszValue,
                                   const char *pszDomain)
try {
    const std::lock_guard<RetileRecursiveMutex> oLock(
        Dataset()->MetadataLock());

    return GDALPamRasterBand::SetMetadataItem(pszName, pszValue, pszDomain);
} catch (...) {
    return RetileCaught(CE_Failure);
}

const char *RetileBand::GetDescription() const
try {
    const char *pszOwn = GDALPamRasterBand::GetDescription();

    if (*pszOwn != '\0')
        return pszOwn;
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->GetDescription();
    });
} catch (...) {
    return RetileCaught("");
}

char **RetileBand::GetCategoryNames()
try {
    char **papszOwn = GDALPamRasterBand::GetCategoryNames();

    return papszOwn ? papszOwn
                    : View().WithBand(m_nLevel, nBand - 1,
                                      [](GDALRasterBand *poSource) {
                                          return poSource->GetCategoryNames();
                                      });
} catch (...) {
    return RetileCaught<char **>(nullptr);
}

template <class T, class Own, class Source>
T RetileBand::OwnOrSource(int *pbSuccess, Own &&oOwn, Source &&oSource)
try {
    int bHas = FALSE;
    T nValue = oOwn(&bHas);

    if (!bHas)
        nValue =
            View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
                return oSource(poSource, &bHas);
            });
    if (pbSuccess != nullptr)
        *pbSuccess = bHas;
    return nValue;
} catch (...) {
    if (pbSuccess != nullptr)
        *pbSuccess = FALSE;
    return RetileCaught(T{});
}

/* The getters that return a value and whether there is one. */
#define RETILE_GETTER(type, Getter)                                            \
    type RetileBand::Getter(int *pbSuccess)                                    \
    {                                                                          \
        return OwnOrSource<type>(                                              \
            pbSuccess,                                                         \
            [this](int *pbHas) { return GDALPamRasterBand::Getter(pbHas); },   \
            [](GDALRasterBand *poSource, int *pbHas) {                         \
                return poSource->Getter(pbHas);                                \
            });                                                                \
    }

RETILE_GETTER(double, GetNoDataValue)
RETILE_GETTER(int64_t, GetNoDataValueAsInt64)
RETILE_GETTER(uint64_t, GetNoDataValueAsUInt64)

/* The source answers for these, but the view's own statistics come first. */
double RetileBand::GetMinimum(int *pbSuccess)
try {
    if (GDALPamRasterBand::GetMetadataItem("STATISTICS_MINIMUM") != nullptr ||
        View().Chips() != nullptr || View().IsVirtual(m_nLevel))
        return GDALPamRasterBand::GetMinimum(pbSuccess);
    return View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
        return poSource->GetMinimum(pbSuccess);
    });
} catch (...) {
    return RetileCaught(0.0);
}

double RetileBand::GetMaximum(int *pbSuccess)
try {
    if (GDALPamRasterBand::GetMetadataItem("STATISTICS_MAXIMUM") != nullptr ||
        View().Chips() != nullptr || View().IsVirtual(m_nLevel))
        return GDALPamRasterBand::GetMaximum(pbSuccess);
    return View().WithBand(m_nLevel, nBand - 1, [&](GDALRasterBand *poSource) {
        return poSource->GetMaximum(pbSuccess);
    });
} catch (...) {
    return RetileCaught(0.0);
}

/* After PAM has read a file, it returns an offset of 0 and a scale of 1 as if
 * they had been set, even if the file has none. */
double RetileBand::GetOffset(int *pbSuccess)
{
    return OwnOrSource<double>(
        pbSuccess,
        [this](int *pbHas) {
            const double dfOwn = GDALPamRasterBand::GetOffset(pbHas);
            *pbHas = *pbHas && (m_bOwnOffset || dfOwn != 0.0);
            return dfOwn;
        },
        [](GDALRasterBand *poSource, int *pbHas) {
            return poSource->GetOffset(pbHas);
        });
}

double RetileBand::GetScale(int *pbSuccess)
{
    return OwnOrSource<double>(
        pbSuccess,
        [this](int *pbHas) {
            const double dfOwn = GDALPamRasterBand::GetScale(pbHas);
            *pbHas = *pbHas && (m_bOwnScale || dfOwn != 1.0);
            return dfOwn;
        },
        [](GDALRasterBand *poSource, int *pbHas) {
            return poSource->GetScale(pbHas);
        });
}

CPLErr RetileBand::SetOffset(double dfOffset)
{
    m_bOwnOffset = true;
    return GDALPamRasterBand::SetOffset(dfOffset);
}

CPLErr RetileBand::SetScale(double dfScale)
{
    m_bOwnScale = true;
    return GDALPamRasterBand::SetScale(dfScale);
}

const char *RetileBand::GetUnitType()
try {
    const char *pszOwn = GDALPamRasterBand::GetUnitType();

    if (pszOwn != nullptr && *pszOwn != '\0')
        return pszOwn;
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->GetUnitType();
    });
} catch (...) {
    return RetileCaught("");
}

GDALColorInterp RetileBand::GetColorInterpretation()
try {
    const GDALColorInterp eOwn = GDALPamRasterBand::GetColorInterpretation();

    if (eOwn != GCI_Undefined)
        return eOwn;
    return View().WithBand(m_nLevel, nBand - 1, [](GDALRasterBand *poSource) {
        return poSource->GetColorInterpretation();
    });
} catch (...) {
    return RetileCaught(GCI_Undefined);
}

GDALColorTable *RetileBand::GetColorTable()
try {
    GDALColorTable *poOwn = GDALPamRasterBand::GetColorTable();

    return poOwn ? poOwn
                 : View().WithBand(m_nLevel, nBand - 1,
                                   [](GDALRasterBand *poSource) {
                                       return poSource->GetColorTable();
                                   });
} catch (...) {
    return RetileCaught<GDALColorTable *>(nullptr);
}

GDALRasterAttributeTable *RetileBand::GetDefaultRAT()
try {
    GDALRasterAttributeTable *poOwn = GDALPamRasterBand::GetDefaultRAT();

    return poOwn ? poOwn
                 : View().WithBand(m_nLevel, nBand - 1,
                                   [](GDALRasterBand *poSource) {
                                       return poSource->GetDefaultRAT();
                                   });
} catch (...) {
    return RetileCaught<GDALRasterAttributeTable *>(nullptr);
}
