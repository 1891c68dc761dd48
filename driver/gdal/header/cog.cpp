/* cog.cpp - see cog.h.
 *
 * GTiffDataset::CreateCopy() with COPY_SRC_OVERVIEWS=YES writes the directories
 * of the image, its mask, its overviews and their masks, then the arrays of
 * offsets of all of these, then tiles. It begins the tiles with a read of the
 * smallest overview, which fails here.
 */
#include "gdal/header/cog.h"

#include <cstdlib>
#include <memory>
#include <string>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal/header/interrupted_copy.h"
#include "io/output/cog_file.h"
#include "io/output/cog_skeleton.h"

namespace
{

/* Sets configuration options on this thread while it exists. */
class OverviewConfig
{
  public:
    explicit OverviewConfig(CSLConstList papszOverviewOptions)
    {
        for (CSLConstList papsz = papszOverviewOptions; papsz && *papsz;
             papsz++) {
            char *pszName = nullptr;
            const char *pszValue = CPLParseNameValue(*papsz, &pszName);

            if (pszName != nullptr && pszValue != nullptr)
                m_apoSetters.push_back(std::make_unique<CPLConfigOptionSetter>(
                    (std::string(pszName) + "_OVERVIEW").c_str(), pszValue,
                    true));
            CPLFree(pszName);
        }
    }

  private:
    std::vector<std::unique_ptr<CPLConfigOptionSetter>> m_apoSetters{};
};

/* A header skeleton read from a file, freed with the object. */
struct Skeleton : public rt_cog_skeleton {
    Skeleton() : rt_cog_skeleton() {}
    ~Skeleton() { rt_cog_skeleton_clear(this); }
    Skeleton(const Skeleton &) = delete;
    Skeleton &operator=(const Skeleton &) = delete;
};

class Header
{
  public:
    Header(const RetileCogRequest &oRequest, RetileCogHeader &oHeader)
        : m_oRequest(oRequest), m_oHeader(oHeader)
    {
    }

    rt_status Write(rt_error *err);

  private:
    CPLStringList Options() const;
    void SetOverviewOptions();
    bool IsAsAsked() const;
    bool HasShape(rt_cog_shape &oShape) const;
    RetileImage Image(int nLevel, bool bMask, int nDirectory) const;
    rt_status ReadSkeleton(rt_error *err);
    rt_status Copy(rt_error *err);

    const RetileCogRequest &m_oRequest;
    RetileCogHeader &m_oHeader;
    RetileErrorKeeper m_oErrors{};
    Skeleton m_oSkeleton{};

    CPL_DISALLOW_COPY_ASSIGN(Header)
};

/* One thread and holes, because there is nothing to write yet. */
CPLStringList Header::Options() const
{
    CPLStringList aosOptions(CSLDuplicate(m_oRequest.papszOptions));

    RetileAskForTiles(aosOptions);
    aosOptions.SetNameValue("COPY_SRC_OVERVIEWS", "YES");
    aosOptions.SetNameValue("SPARSE_OK", "TRUE");
    aosOptions.SetNameValue("NUM_THREADS", "1");
    RetileLeaveOlderFile(aosOptions);
    return aosOptions;
}

/* As in GTiff, overviews have the options of the full resolution unless an
 * option for overviews is set. */
void Header::SetOverviewOptions()
{
    CPLStringList aosOptions(CSLDuplicate(m_oRequest.papszOptions));
    const bool bLossless = aosOptions.FetchBool("WEBP_LOSSLESS", false);
    const bool bLevelToo =
        CPLGetConfigOption("WEBP_LEVEL_OVERVIEW", nullptr) != nullptr;

    if (bLossless && bLevelToo)
        aosOptions.SetNameValue("WEBP_LOSSLESS", "NO");
    for (const char *pszName :
         {"COMPRESS", "PREDICTOR", "PHOTOMETRIC", "JPEG_QUALITY", "WEBP_LEVEL",
          "WEBP_LOSSLESS", "MAX_Z_ERROR", "ZLEVEL", "ZSTD_LEVEL"}) {
        const std::string osConfig = std::string(pszName) + "_OVERVIEW";
        const char *pszValue = CPLGetConfigOption(osConfig.c_str(), nullptr);

        if (pszValue != nullptr)
            aosOptions.SetNameValue(pszName, pszValue);
    }
    m_oHeader.aosOverviewOptions = aosOptions;
}

/* GTiff continues if libtiff refuses a tag. */
bool Header::IsAsAsked() const
{
    static const char *const apszGTiff[] = {"GTiff", nullptr};
    const GDALDatasetUniquePtr poTiff(GDALDataset::Open(
        m_oRequest.pszPath,
        GDAL_OF_RASTER | GDAL_OF_INTERNAL | GDAL_OF_VERBOSE_ERROR, apszGTiff));
    const CPLStringList aosOptions(Options());
    const rt_cog_directory &oMain = m_oSkeleton.directories[0];

    return poTiff != nullptr &&
           poTiff->GetRasterCount() >= m_oRequest.poSrcDS->GetRasterCount() &&
           oMain.tile_w_px == atoi(aosOptions.FetchNameValue("BLOCKXSIZE")) &&
           oMain.tile_h_px == atoi(aosOptions.FetchNameValue("BLOCKYSIZE"));
}

/* Whether the directories are those of the levels, in the expected order. */
bool Header::HasShape(rt_cog_shape &oShape) const
{
    const auto &aoOverviews = m_oRequest.oShown.aoOverviews;

    oShape.n_levels = static_cast<int32_t>(aoOverviews.size()) + 1;
    oShape.masks = m_oRequest.oShown.bMask;
    if (m_oSkeleton.n != oShape.n_levels * (oShape.masks ? 2 : 1))
        return false;
    for (int32_t i = 0; i < m_oSkeleton.n; i++) {
        const int32_t nLevel = i % oShape.n_levels;
        const bool bMask = i >= oShape.n_levels;
        const rt_cog_directory &oImage =
            m_oSkeleton
                .directories[rt_cog_directory_of(&oShape, nLevel, false)];
        const rt_cog_directory &oDirectory =
            m_oSkeleton
                .directories[rt_cog_directory_of(&oShape, nLevel, bMask)];

        if (oDirectory.mask != bMask || oDirectory.overview != (nLevel > 0) ||
            oDirectory.offsets.n != oImage.offsets.n ||
            oDirectory.tile_w_px != oImage.tile_w_px)
            return false;
    }
    return true;
}

RetileImage Header::Image(int nLevel, bool bMask, int nDirectory) const
{
    const rt_cog_directory &oDirectory = m_oSkeleton.directories[nDirectory];
    GDALDataset *poSrcDS = m_oRequest.poSrcDS;
    RetileImage oImage;

    oImage.osPath = m_oRequest.pszPath;
    oImage.nDirectory = nDirectory;
    oImage.nLevel = nLevel;
    oImage.bMask = bMask;
    for (int i = 1; i <= (bMask ? 1 : poSrcDS->GetRasterCount()); i++)
        oImage.anBands.push_back(i);
    oImage.bInterleaved = oImage.anBands.size() > 1;
    oImage.bSparse = CPLFetchBool(m_oRequest.papszOptions, "SPARSE_OK", false);
    oImage.nBlockXSize = oDirectory.tile_w_px;
    oImage.nBlockYSize = oDirectory.tile_h_px;
    oImage.eType =
        bMask ? GDT_Byte : poSrcDS->GetRasterBand(1)->GetRasterDataType();
    return oImage;
}

rt_status Header::ReadSkeleton(rt_error *err)
{
    rt_cog_shape oShape = {};
    rt_error oWhy = {};

    if (rt_cog_skeleton_open(m_oRequest.pszPath, &m_oSkeleton, &oWhy) !=
        RT_OK) {
        CPLDebug("RETILE", "%s", oWhy.text);
        return RetileRefused(m_oRequest.pszPath, m_oErrors, 0, err);
    }
    if (m_oSkeleton.directories[0].planes_apart)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "a copy with overviews has its pixels "
                            "interleaved: write INTERLEAVE=PIXEL, or "
                            "OVERVIEWS=NONE with LAYOUT=GTIFF");
    if (!HasShape(oShape) || !IsAsAsked())
        return RetileRefused(m_oRequest.pszPath, m_oErrors, 0, err);
    for (int nLevel = 0; nLevel < oShape.n_levels; nLevel++)
        m_oHeader.anTiles.push_back(static_cast<uint32_t>(
            m_oSkeleton.directories[rt_cog_directory_of(&oShape, nLevel, false)]
                .offsets.n));
    m_oHeader.aoImages.resize(static_cast<size_t>(m_oSkeleton.n));
    for (int i = 0; i < m_oSkeleton.n; i++) {
        const int nLevel = i % oShape.n_levels;
        const bool bMask = i >= oShape.n_levels;
        const int nDirectory = rt_cog_directory_of(&oShape, nLevel, bMask);

        m_oHeader.aoImages[static_cast<size_t>(nDirectory)] =
            Image(nLevel, bMask, nDirectory);
    }
    return RT_OK;
}

rt_status Header::Copy(rt_error *err)
{
    const OverviewConfig oConfig(m_oRequest.papszOverviewOptions);
    const CPLConfigOptionSetter oInside("GDAL_TIFF_INTERNAL_MASK", "YES",
                                        false);
    const CPLStringList aosOptions(Options());
    RetileHeaderSource oSource(m_oRequest.poSrcDS, m_oRequest.oShown);

    SetOverviewOptions();
    return RetileCopyUntilPixels(m_oRequest.pszPath, oSource,
                                 m_oRequest.bStrict, aosOptions.List(),
                                 RetilePixelsBegin::AtRead, m_oErrors, err);
}

rt_status Header::Write(rt_error *err)
{
    rt_status eStatus = Copy(err);

    if (eStatus == RT_OK)
        eStatus = ReadSkeleton(err);
    if (eStatus == RT_OK)
        eStatus = RetileCheckWrites(m_oRequest.pszPath, m_oErrors, err);
    m_oErrors.End();
    if (eStatus == RT_OK)
        m_oHeader.aosFailures = m_oErrors.Failures();
    return eStatus;
}

} // namespace

rt_status RetileWriteCogHeader(const RetileCogRequest &oRequest,
                               RetileCogHeader &oHeader, rt_error *err)
{
    oHeader = {};
    return Header(oRequest, oHeader).Write(err);
}
