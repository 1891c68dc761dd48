/* plan.cpp - see plan.h. */
#include "gdal/cog/plan.h"

#include "gdal/cog/gtiff.h"

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
    return RT_OK;
}
