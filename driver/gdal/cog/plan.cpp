/* plan.cpp - see plan.h. */
#include "gdal/cog/plan.h"

#include "gdal/cog/gtiff.h"

/* The resampling of the overviews, which GDAL 3.12 and later show. nullptr if
 * it is not known. */
static const char *OverviewResampling(const RetileCogPlan &oPlan)
{
    GDALRasterBand *poBand = oPlan.oSource.poDS->GetRasterBand(1);

    if (oPlan.oLevels.bCompute)
        return oPlan.oOptions.oOverviews.osResampling.c_str();
    if (oPlan.oLevels.anSizes.empty() || poBand->GetOverviewCount() == 0)
        return nullptr;
    GDALRasterBand *poOverview = poBand->GetOverview(0);
    return poOverview ? poOverview->GetMetadataItem("RESAMPLING") : nullptr;
}

rt_status RetilePlanCog(GDALDataset *poSrcDS, CSLConstList papszOptions,
                        RetileCogPlan &oPlan, rt_error *err)
{
    const RetileCogOptions &oOptions = oPlan.oOptions;
    const RetileCogSource &oSource = oPlan.oSource;
    rt_status eStatus =
        RetileParseCogOptions(poSrcDS, papszOptions, oPlan.oOptions, err);

    if (eStatus == RT_OK)
        eStatus = RetileOpenCogSource(poSrcDS, oOptions, oPlan.oSource, err);
    if (eStatus != RT_OK)
        return eStatus;
    const int nBands = oSource.poDS->GetRasterCount();
    oPlan.oLevels = RetileChooseCogLevels(
        oSource.poDS, oOptions.oOverviews, oOptions.oCopy.nBlockXSize,
        oOptions.oReprojection.poScheme.get(), oSource.Target(),
        oSource.poWarped != nullptr);
    oPlan.aosImage = RetileCogImageOptions(poSrcDS, nBands, papszOptions,
                                           oOptions, oSource.Target());
    oPlan.aosOverviews = RetileOverviewImageOptions(
        poSrcDS, nBands, papszOptions, oPlan.aosImage.List());
    oPlan.aosImage.SetNameValue("@OVERVIEW_RESAMPLING",
                                OverviewResampling(oPlan));
    return RT_OK;
}
