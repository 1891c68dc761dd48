/* cog_rig.cpp - see cog_rig.h. */
#include "cog_rig.h"

#include <tiffio.h>

#include "gdal_priv.h"

void ShowAs(Cog &oCog, const std::string &osReference)
{
    const GDALDatasetUniquePtr poDS(GDALDataset::Open(osReference.c_str()));

    oCog.oShown = {};
    if (poDS == nullptr)
        return;
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    oCog.oShown.bMask = poBand->GetMaskFlags() == GMF_PER_DATASET;
    for (int i = 0; i < poBand->GetOverviewCount(); i++)
        oCog.oShown.aoOverviews.push_back({poBand->GetOverview(i)->GetXSize(),
                                           poBand->GetOverview(i)->GetYSize()});
    oCog.aosOptions.SetNameValue(
        "@OVERVIEW_RESAMPLING",
        poDS->GetMetadataItem("OVERVIEW_RESAMPLING", "IMAGE_STRUCTURE"));
}

rt_status WriteSkeleton(Cog &oCog, GDALDataset *poSrcDS)
{
    const RetileCogRequest oRequest = {oCog.osPath.c_str(), poSrcDS,
                                       oCog.oShown, oCog.aosOptions.List(),
                                       oCog.aosOverviewOptions.List()};

    return RetileWriteCogHeader(oRequest, oCog.oHeader, &oCog.err);
}

rt_status CreateFile(Cog &oCog)
{
    const rt_cog_shape oShape = {
        static_cast<int32_t>(oCog.oHeader.anTiles.size()), oCog.oShown.bMask,
        oCog.oHeader.anTiles.data()};
    rt_cog_file *file = nullptr;
    const rt_status eStatus = rt_cog_file_create(
        &oShape, oCog.osFolder.c_str(), oCog.nSpillMax, &file, &oCog.err);

    oCog.poFile.reset(file);
    return eStatus;
}

static rt_status PutOpened(rt_cog_file *file, TIFF *hFrom, int nDirectory,
                           rt_error *err)
{
    rt_status eStatus = RT_OK;

    if (!TIFFSetDirectory(hFrom, static_cast<tdir_t>(nDirectory)))
        return RT_ERR_SOURCE;
    for (uint32_t i = 0; eStatus == RT_OK && i < TIFFNumberOfTiles(hFrom);
         i++) {
        const auto nSize =
            static_cast<tmsize_t>(TIFFGetStrileByteCount(hFrom, i));
        std::vector<GByte> abyTile(static_cast<size_t>(nSize) + 1);

        if (nSize > 0 &&
            TIFFReadRawTile(hFrom, i, abyTile.data(), nSize) != nSize)
            return RT_ERR_SOURCE;
        eStatus = rt_cog_file_put(file, nDirectory, i, abyTile.data(),
                                  static_cast<uint64_t>(nSize), err);
    }
    return eStatus;
}

rt_status PutDirectory(rt_cog_file *file, const std::string &osReference,
                       int nDirectory, rt_error *err)
{
    TIFF *hFrom = TIFFOpen(osReference.c_str(), "rm");
    const rt_status eStatus = hFrom != nullptr
                                  ? PutOpened(file, hFrom, nDirectory, err)
                                  : RT_ERR_SOURCE;

    if (hFrom != nullptr)
        TIFFClose(hFrom);
    if (eStatus == RT_ERR_SOURCE)
        return rt_error_set(err, eStatus, "cannot take the tiles of '%s'",
                            osReference.c_str());
    return eStatus;
}

rt_status PutTiles(Cog &oCog, const std::string &osReference)
{
    const int nDirectories = static_cast<int>(oCog.oHeader.aoImages.size());
    rt_status eStatus = RT_OK;

    for (int nFirst : {1, 0})
        for (int i = nFirst; eStatus == RT_OK && i < nDirectories; i += 2)
            eStatus =
                PutDirectory(oCog.poFile.get(), osReference, i, &oCog.err);
    return eStatus;
}

rt_status Refill(Cog &oCog, GDALDataset *poSrcDS,
                 const std::string &osReference)
{
    ShowAs(oCog, osReference);
    rt_status eStatus = WriteSkeleton(oCog, poSrcDS);
    if (eStatus == RT_OK)
        eStatus = CreateFile(oCog);
    if (eStatus == RT_OK)
        eStatus = PutTiles(oCog, osReference);
    if (eStatus == RT_OK)
        eStatus = rt_cog_file_finish(oCog.poFile.get(), oCog.osPath.c_str(),
                                     nullptr, nullptr, &oCog.err);
    return eStatus;
}
