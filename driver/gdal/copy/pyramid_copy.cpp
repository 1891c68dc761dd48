/* pyramid_copy.cpp - see pyramid_copy.h.
 *
 * A pass decodes one raster: the source or one of its overviews. All passes are
 * prepared before the first one begins.
 */
#include "gdal/copy/pyramid_copy.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "gdal/base/driver_options.h"
#include "gdal/copy/images.h"
#include "gdal/copy/input.h"
#include "gdal/copy/pyramid_reducer.h"
#include "gdal/copy/tile_statistics.h"
#include "io/dataset/gdal_versions.h"

namespace
{

/* Asks for these properties as GDAL's functions for overviews do. */
void DescribeMask(GDALRasterBand *poMask, RetilePyramidShape &oShape)
{
    const char *pszBits = poMask->GetMetadataItem("NBITS", "IMAGE_STRUCTURE");
    GDALDataset *poDS = poMask->GetDataset();

    oShape.bMaskBits = pszBits != nullptr && EQUAL(pszBits, "1");
    oShape.bBeginAsMasks = poMask->IsMaskBand();
    oShape.bStayMasks =
        poDS != nullptr &&
        ((RT_GDAL_MARKS_LEVELS_OF_MASKS && poMask->IsMaskBand()) ||
         poDS->GetMetadataItem("INTERNAL_MASK_FLAGS_1"));
}

/* What a pass decodes and produces. */
struct PassPlan {
    int nOverview;   /* of the source, from 0; -1: the full resolution */
    int nFirstLevel; /* the level that it becomes */
    int nLevels;     /* further levels computed from it */
    bool bMaskBeside;
    bool bMasksOnly;
    /* The first level is only an input, in tiles of the next level's size.
     * Another pass writes it. */
    bool bLevelsOnly;
};

class PyramidFilling;

/* One pass, ready to run. */
class Pass
{
  public:
    Pass(const PyramidFilling &oFilling, const PassPlan &oPlan)
        : m_oFilling(oFilling), m_oPlan(oPlan)
    {
    }

    rt_status Prepare(rt_error *err);
    rt_status Run(RetilePyramidResult &oResult, rt_error *err);
    void Tell(RetilePlanReport &oPlan) const;
    double Pixels() const;

    double dfBegin = 0, dfEnd = 1; /* share of the whole progress */
    uint64_t nLeastBytes = 0;      /* if the budget is too small */

  private:
    rt_status OpenFormats(rt_error *err);
    rt_status OpenFormat(int nLevel, bool bMask, rt_error *err);
    rt_status MakeReducer(rt_error *err);
    void Describe();
    rt_status OpenRaw(const rt_image_copy &oCopy, rt_error *err);
    rt_status PrepareRaw(rt_error *err);
    rt_status RunRaw(rt_error *err);
    static bool OnProgress(void *pContext, double dfDone);
    static void OnPlan(void *pContext, const char *pszPlan);
    bool Counts() const;
    rt_copy_layout Layout() const;
    static rt_status OnTile(void *pContext, const rt_copy_tile *psTile,
                            const void *pPixels, rt_error *err);
    static rt_status OnPut(void *pContext, int32_t nLevel, bool bMask,
                           uint32_t nTile, const void *pBytes, uint64_t nBytes,
                           rt_error *err);

    const PyramidFilling &m_oFilling;
    const PassPlan m_oPlan;
    RetileCopyInput m_oInput{};
    std::vector<RetileFormatPtr> m_apoFormats{};
    std::vector<const rt_tile_format *> m_apImages{}, m_apMasks{};
    std::vector<int32_t> m_anPlanes{};
    std::unique_ptr<RetilePyramidReducer> m_poReducer{};
    std::unique_ptr<RetileTileStatistics> m_poStatistics{};
    rt_image_pyramid m_oPyramid = {};
    rt_image_copy m_oCopy = {};
    rt_image_copy m_oMaskCopy = {};           /* only if tiles are copied raw */
    std::vector<RetileRawCopyPtr> m_apoRaw{}; /* empty: decoded and encoded */

    CPL_DISALLOW_COPY_ASSIGN(Pass)
};

class PyramidFilling
{
  public:
    PyramidFilling(const RetilePyramidRequest &oRequest, rt_cog_file *poFile);

    rt_status Run(RetilePyramidResult &oResult, rt_error *err);

    const RetilePyramidRequest &Request() const { return m_oRequest; }
    const RetileImage &Image(int nLevel, bool bMask) const;
    std::pair<int32_t, int32_t> Size(int nLevel) const;
    rt_status Put(int nLevel, bool bMask, uint32_t nTile, const void *pBytes,
                  uint64_t nBytes, rt_error *err) const;
    bool Report(double dfDone) const;
    uint64_t HeldBytes() const;

  private:
    std::vector<PassPlan> Plan() const;
    void PlanLevels(bool bMaskBeside, bool bMasksOnly,
                    std::vector<PassPlan> &aoPlans) const;
    bool HasTilesOfOneSize() const;
    rt_status Prepare(rt_error *err);

    const RetilePyramidRequest &m_oRequest;
    rt_cog_file *const m_poFile;
    rt_cog_shape m_oShape = {};
    std::vector<std::unique_ptr<Pass>> m_apoPasses{};

    CPL_DISALLOW_COPY_ASSIGN(PyramidFilling)
};

/* Masks use only SPARSE_OK. With LERC, invisible pixels keep their colours if
 * they do in the COG driver's files. */
rt_status Pass::OpenFormat(int nLevel, bool bMask, rt_error *err)
{
    const RetilePyramidRequest &oRequest = m_oFilling.Request();
    const bool bStandIn = m_oPlan.bLevelsOnly && nLevel == m_oPlan.nFirstLevel;
    const int nTilesOf = bStandIn ? nLevel + 1 : nLevel;
    CPLStringList aosOptions(
        nTilesOf == 0 ? CPLStringList(CSLDuplicate(oRequest.papszOptions))
                      : oRequest.oHeader.aosOverviewOptions);

    if (STARTS_WITH_CI(aosOptions.FetchNameValueDef("COMPRESS", ""), "LERC") &&
        RetileCogDriverKeepsInvisible())
        aosOptions.SetNameValue("@LERC_ALPHA_BAND", "YES");
    m_apoFormats.emplace_back();
    const rt_status eStatus =
        RetileOpenFormat(m_oFilling.Image(nTilesOf, bMask), oRequest.poSrcDS,
                         aosOptions.List(), m_apoFormats.back(), err);
    if (eStatus == RT_OK && bStandIn)
        rt_tile_format_set_raster(m_apoFormats.back().get(),
                                  m_oFilling.Size(nLevel).first,
                                  m_oFilling.Size(nLevel).second);
    return eStatus;
}

rt_status Pass::OpenFormats(rt_error *err)
{
    rt_status eStatus = RT_OK;

    for (int i = 0; eStatus == RT_OK && i <= m_oPlan.nLevels; i++) {
        eStatus = OpenFormat(m_oPlan.nFirstLevel + i, m_oPlan.bMasksOnly, err);
        m_apImages.push_back(m_apoFormats.back().get());
        if (eStatus != RT_OK || !m_oPlan.bMaskBeside)
            continue;
        eStatus = OpenFormat(m_oPlan.nFirstLevel + i, true, err);
        m_apMasks.push_back(m_apoFormats.back().get());
    }
    return eStatus;
}

rt_copy_layout Pass::Layout() const
{
    const rt_tile_format *poFormat = m_apImages.front();

    return {static_cast<int32_t>(m_anPlanes.size()),
            rt_tile_format_sample_bytes(poFormat),
            rt_tile_format_planes(poFormat) == 1, false, m_oPlan.bMaskBeside};
}

/* Whether this pass computes the statistics. */
bool Pass::Counts() const
{
    return m_oFilling.Request().bStatistics && m_oPlan.nFirstLevel == 0 &&
           !m_oPlan.bMasksOnly && !m_oPlan.bLevelsOnly;
}

rt_status Pass::MakeReducer(rt_error *err)
{
    const RetilePyramidRequest &oRequest = m_oFilling.Request();
    const rt_tile_format *poFormat = m_apImages.front();
    RetilePyramidShape oShape;

    oShape.eMethod = oRequest.eMethod;
    for (int i = 0; i <= m_oPlan.nLevels; i++)
        oShape.anSizes.push_back(m_oFilling.Size(m_oPlan.nFirstLevel + i));
    oShape.bAreMasks = m_oPlan.bMasksOnly;
    DescribeMask(oRequest.poSrcDS->GetRasterBand(1)->GetMaskBand(), oShape);
    oShape.aoPlanes.resize(m_anPlanes.size());
    if (!m_oPlan.bMasksOnly) {
        const char *pszValues =
            oRequest.poSrcDS->GetMetadataItem("NODATA_VALUES");

        for (size_t i = 0; i < m_anPlanes.size(); i++)
            oShape.aoPlanes[i] = RetileReducePlaneOf(
                oRequest.poSrcDS->GetRasterBand(static_cast<int>(i) + 1));
        oShape.osNoDataValues = pszValues != nullptr ? pszValues : "";
    }
    oShape.layout = Layout();
    oShape.nTileWidth = rt_tile_format_w_px(poFormat);
    oShape.nTileHeight = rt_tile_format_h_px(poFormat);
    return RetilePyramidReducer::Create(oShape, m_poReducer, err);
}

void Pass::Describe()
{
    const rt_tile_format *poFormat = m_apImages.front();

    m_oPyramid.n_levels = m_oPlan.nLevels;
    m_oPyramid.formats = m_apImages.data();
    m_oPyramid.masks = m_oPlan.bMaskBeside ? m_apMasks.data() : nullptr;
    if (m_oPlan.nLevels > 0) {
        m_oPyramid.reducer = m_poReducer->Core();
        m_oPyramid.reach_px = m_poReducer->ReachPx();
        m_oPyramid.work_bytes = m_poReducer->WorkBytes();
    }
    if (Counts()) {
        m_poStatistics = std::make_unique<RetileTileStatistics>(
            m_oFilling.Request().poSrcDS, m_oFilling.Image(0, false).eType,
            Layout(), rt_tile_format_w_px(poFormat),
            rt_tile_format_h_px(poFormat));
        m_oPyramid.on_tile = OnTile;
    }
    m_oPyramid.put = OnPut;
    m_oPyramid.context = this;
    m_oCopy.masks = m_oPlan.bMasksOnly;
    m_oCopy.planes = m_anPlanes.data();
    m_oCopy.n_planes = static_cast<int32_t>(m_anPlanes.size());
    m_oCopy.pyramid = &m_oPyramid;
    m_oCopy.format = poFormat;
    m_oCopy.path = m_oFilling.Image(m_oPlan.nFirstLevel, m_oPlan.bMasksOnly)
                       .osPath.c_str();
    m_oInput.Describe(m_oCopy);
    m_oCopy.other_bytes = m_oFilling.HeldBytes();
    if (Counts())
        m_oCopy.other_bytes += RetileTileStatistics::HeldBytes(
            m_oFilling.Request().poSrcDS,
            static_cast<uint64_t>(rt_tile_format_cols(poFormat)) *
                static_cast<uint64_t>(rt_tile_format_rows(poFormat)));
    m_oCopy.progress = OnProgress;
    m_oCopy.on_debug = OnPlan;
    m_oCopy.context = this;
}

rt_status Pass::OpenRaw(const rt_image_copy &oCopy, rt_error *err)
{
    rt_raw_tile_copy *poRaw = nullptr;
    rt_error oWhy = {};
    const rt_status eStatus =
        rt_raw_tile_copy_open(&oCopy, true, &poRaw, &oWhy);

    m_apoRaw.emplace_back(poRaw);
    if (eStatus == RT_OK)
        return RT_OK;
    return rt_error_set(
        err, eStatus, "PASSTHROUGH=REQUIRED: %s of level %d: %s",
        oCopy.masks ? "masks" : "bands", m_oPlan.nFirstLevel, oWhy.text);
}

/* The tiles of this level, and those of its mask. */
rt_status Pass::PrepareRaw(rt_error *err)
{
    rt_status eStatus = OpenRaw(m_oCopy, err);

    if (eStatus != RT_OK || !m_oPlan.bMaskBeside)
        return eStatus;
    m_oMaskCopy = m_oCopy;
    m_oMaskCopy.masks = true;
    m_oMaskCopy.n_planes = 1;
    m_oMaskCopy.format = m_apMasks.front();
    return OpenRaw(m_oMaskCopy, err);
}

rt_status Pass::RunRaw(rt_error *err)
{
    rt_status eStatus = RT_OK;

    for (const auto &poRaw : m_apoRaw) {
        rt_raw_tile_copy_result oResult;

        if (eStatus == RT_OK)
            eStatus = rt_raw_tile_copy_run(poRaw.get(), &oResult, err);
        if (eStatus == RT_OK)
            CPLDebug("RETILE",
                     "level %d of '%s': " CPL_FRMT_GUIB " tiles (" CPL_FRMT_GUIB
                     " bytes) copied raw from '%s'",
                     m_oPlan.nFirstLevel, m_oFilling.Request().pszFilename,
                     static_cast<GUIntBig>(oResult.tiles),
                     static_cast<GUIntBig>(oResult.bytes),
                     rt_raw_tile_copy_path(poRaw.get()));
    }
    return eStatus == RT_OK ? m_oInput.Finish(err) : eStatus;
}

void Pass::Tell(RetilePlanReport &oPlan) const
{
    oPlan.AddPass({m_oPlan.bMasksOnly    ? "masks"
                   : m_oPlan.bMaskBeside ? "bands and masks"
                                         : "bands",
                   m_oPlan.nFirstLevel, m_oPlan.nLevels},
                  m_oCopy, m_apoRaw.empty() ? nullptr : m_apoRaw.front().get());
}

rt_status Pass::Prepare(rt_error *err)
{
    const RetilePyramidRequest &oRequest = m_oFilling.Request();
    const int nPlanes =
        m_oPlan.bMasksOnly ? 1 : oRequest.poSrcDS->GetRasterCount();

    for (int32_t i = 0; i < nPlanes; i++)
        m_anPlanes.push_back(i);
    rt_status eStatus = OpenFormats(err);
    if (eStatus == RT_OK && m_oPlan.nLevels > 0)
        eStatus = MakeReducer(err);
    if (eStatus == RT_OK)
        eStatus = m_oInput.Open(
            oRequest.poSrcDS, oRequest.oOptions,
            RetileTargetOf(
                m_apImages.front(),
                m_oFilling.Image(m_oPlan.nFirstLevel, m_oPlan.bMasksOnly).eType,
                oRequest.bCog),
            m_oPlan.nOverview, err);
    if (eStatus != RT_OK)
        return eStatus;
    Describe();
    if (oRequest.oOptions.ePassthrough == RetilePassthrough::Required)
        return PrepareRaw(err);
    return m_oInput.Fit(m_oCopy, nLeastBytes, err);
}

rt_status Pass::Run(RetilePyramidResult &oResult, rt_error *err)
{
    const RetilePyramidRequest &oRequest = m_oFilling.Request();
    if (!m_apoRaw.empty())
        return RunRaw(err);
    rt_image_result oDone;
    const rt_status eStatus = rt_image_copy_run(&m_oCopy, &oDone, err);

    if (eStatus != RT_OK)
        return eStatus;
    oResult.bClamped |= oDone.clamped;
    if (m_poStatistics != nullptr)
        oResult.aaosStatistics = m_poStatistics->Items();
    CPLDebug("RETILE",
             "level %d%s of '%s', and %d computed from it: "
             "DECODE_AMPLIFICATION=%.2f, held at most %.1f MB of %.1f, "
             "spilled %.1f MB",
             m_oPlan.nFirstLevel, m_oPlan.bMasksOnly ? "'s mask" : "",
             oRequest.pszFilename, m_oPlan.nLevels,
             static_cast<double>(oDone.decoded_px) /
                 static_cast<double>(oDone.raster_px),
             static_cast<double>(oDone.peak_bytes) / 1048576.0,
             static_cast<double>(oRequest.oOptions.nMemoryMax) / 1048576.0,
             static_cast<double>(oDone.spilled_bytes) / 1048576.0);
    return m_oInput.Finish(err);
}

double Pass::Pixels() const
{
    const auto oSize = m_oFilling.Size(m_oPlan.nFirstLevel);

    return static_cast<double>(oSize.first) * oSize.second *
           static_cast<double>(m_anPlanes.size());
}

bool Pass::OnProgress(void *pContext, double dfDone)
{
    const auto *poPass = static_cast<const Pass *>(pContext);

    return poPass->m_oFilling.Report(
        poPass->dfBegin + dfDone * (poPass->dfEnd - poPass->dfBegin));
}

void Pass::OnPlan(void * /* pContext */, const char *pszPlan)
{
    CPLDebug("RETILE", "%s", pszPlan);
}

rt_status Pass::OnTile(void *pContext, const rt_copy_tile *psTile,
                       const void *pPixels, rt_error *err)
{
    const auto *poPass = static_cast<const Pass *>(pContext);

    return poPass->m_poStatistics->Add(*psTile, pPixels)
               ? RT_OK
               : rt_error_set(err, RT_ERR_MEMORY, "out of memory");
}

rt_status Pass::OnPut(void *pContext, int32_t nLevel, bool bMask,
                      uint32_t nTile, const void *pBytes, uint64_t nBytes,
                      rt_error *err)
{
    const auto *poPass = static_cast<const Pass *>(pContext);

    if (poPass->m_oPlan.bLevelsOnly && nLevel == 0)
        return RT_OK;
    return poPass->m_oFilling.Put(poPass->m_oPlan.nFirstLevel + nLevel,
                                  bMask || poPass->m_oPlan.bMasksOnly, nTile,
                                  pBytes, nBytes, err);
}

PyramidFilling::PyramidFilling(const RetilePyramidRequest &oRequest,
                               rt_cog_file *poFile)
    : m_oRequest(oRequest), m_poFile(poFile)
{
    m_oShape.n_levels = static_cast<int32_t>(oRequest.oHeader.anTiles.size());
    m_oShape.masks = oRequest.oShown.bMask;
    m_oShape.n_tiles = oRequest.oHeader.anTiles.data();
}

const RetileImage &PyramidFilling::Image(int nLevel, bool bMask) const
{
    return m_oRequest.oHeader.aoImages[static_cast<size_t>(
        rt_cog_directory_of(&m_oShape, nLevel, bMask))];
}

std::pair<int32_t, int32_t> PyramidFilling::Size(int nLevel) const
{
    if (nLevel == 0)
        return {m_oRequest.poSrcDS->GetRasterXSize(),
                m_oRequest.poSrcDS->GetRasterYSize()};
    const RetileOverviewSize &oSize =
        m_oRequest.oShown.aoOverviews[static_cast<size_t>(nLevel) - 1];
    return {oSize.nXSize, oSize.nYSize};
}

rt_status PyramidFilling::Put(int nLevel, bool bMask, uint32_t nTile,
                              const void *pBytes, uint64_t nBytes,
                              rt_error *err) const
{
    return rt_cog_file_put(m_poFile,
                           rt_cog_directory_of(&m_oShape, nLevel, bMask), nTile,
                           pBytes, nBytes, err);
}

bool PyramidFilling::Report(double dfDone) const
{
    return m_oRequest.pfnProgress(dfDone, "", m_oRequest.pProgressData) !=
           FALSE;
}

uint64_t PyramidFilling::HeldBytes() const
{
    uint64_t nTiles = 0;

    for (uint32_t n : m_oRequest.oHeader.anTiles)
        nTiles += n;
    return RT_COG_FILE_TILE_BYTES * nTiles * (m_oShape.masks ? 2 : 1);
}

/* GTiff gives overviews tiles of 128x128, or of the size in a configuration
 * option, if the sides of the image's tiles do not suit it. */
bool PyramidFilling::HasTilesOfOneSize() const
{
    const RetileImage &oImage = Image(0, false), &oLevel = Image(1, false);

    return oImage.nBlockXSize == oLevel.nBlockXSize &&
           oImage.nBlockYSize == oLevel.nBlockYSize;
}

/* Plans the full resolution and all levels computed from it. The engine has
 * tiles of one size. If the levels have another, a second pass reads the source
 * for them. */
void PyramidFilling::PlanLevels(bool bMaskBeside, bool bMasksOnly,
                                std::vector<PassPlan> &aoPlans) const
{
    const int nOverviews = m_oShape.n_levels - 1;
    const bool bOnce = nOverviews == 0 || HasTilesOfOneSize();

    aoPlans.push_back(
        {-1, 0, bOnce ? nOverviews : 0, bMaskBeside, bMasksOnly, false});
    if (!bOnce)
        aoPlans.push_back({-1, 0, nOverviews, bMaskBeside, bMasksOnly, true});
}

/* Each overview that the source has is a pass of its own. So are masks whose
 * overviews are computed if the image's are not. */
std::vector<PassPlan> PyramidFilling::Plan() const
{
    const int nOverviews = m_oShape.n_levels - 1;
    const bool bMask = m_oShape.masks;
    std::vector<PassPlan> aoPlans;

    if (nOverviews == 0 || m_oRequest.bCompute) {
        PlanLevels(bMask, false, aoPlans);
        return aoPlans;
    }
    for (int i = 0; i <= nOverviews; i++)
        aoPlans.push_back(
            {i - 1, i, 0, bMask && !m_oRequest.bComputeMasks, false, false});
    if (bMask && m_oRequest.bComputeMasks)
        PlanLevels(false, true, aoPlans);
    return aoPlans;
}

/* If the budget is too small for several passes, the error of the one that
 * needs most is reported. */
rt_status PyramidFilling::Prepare(rt_error *err)
{
    double dfDone = 0, dfAll = 0;
    uint64_t nLeastBytes = 0;

    for (const PassPlan &oPlan : Plan()) {
        m_apoPasses.push_back(std::make_unique<Pass>(*this, oPlan));
        Pass &oPass = *m_apoPasses.back();
        rt_error oError;
        const rt_status eStatus = oPass.Prepare(&oError);

        dfAll += oPass.Pixels();
        if (eStatus == RT_OK ||
            (oPass.nLeastBytes > 0 && oPass.nLeastBytes <= nLeastBytes))
            continue;
        nLeastBytes = oPass.nLeastBytes;
        *err = oError;
        if (nLeastBytes == 0)
            return eStatus;
    }
    if (nLeastBytes > 0)
        return err->status;
    for (const auto &poPass : m_apoPasses) {
        poPass->dfBegin = dfDone / dfAll;
        dfDone += poPass->Pixels();
        poPass->dfEnd = dfDone / dfAll;
    }
    return RT_OK;
}

rt_status PyramidFilling::Run(RetilePyramidResult &oResult, rt_error *err)
{
    rt_status eStatus = Prepare(err);

    if (eStatus == RT_OK && m_oRequest.poPlan != nullptr) {
        for (const auto &poPass : m_apoPasses)
            poPass->Tell(*m_oRequest.poPlan);
        return RT_OK;
    }
    for (auto &poPass : m_apoPasses) {
        if (eStatus == RT_OK)
            eStatus = poPass->Run(oResult, err);
        poPass.reset();
    }
    return eStatus;
}

} // namespace

rt_status RetileFillPyramid(const RetilePyramidRequest &oRequest,
                            rt_cog_file *poFile, RetilePyramidResult &oResult,
                            rt_error *err)
{
    PyramidFilling oFilling(oRequest, poFile);

    return oFilling.Run(oResult, err);
}
