/* plan_report.cpp - see plan_report.h. */
#include "gdal/copy/plan_report.h"

#include <algorithm>
#include <numeric>

namespace
{

CPLJSONArray Pair(int64_t nFirst, int64_t nSecond)
{
    CPLJSONArray oPair;

    oPair.Add(static_cast<GInt64>(nFirst));
    oPair.Add(static_cast<GInt64>(nSecond));
    return oPair;
}

const char *AccessName(rt_access eAccess)
{
    return eAccess == RT_ACCESS_RANDOM ? "RANDOM"
           : eAccess == RT_ACCESS_ROWS ? "ROWS"
                                       : "SEQUENTIAL";
}

/* The whole height if no row but the first begins both a tile and a block. */
int64_t CutRows(const rt_copy_layer &oLayer, int32_t nTileRows)
{
    const int64_t nBlockRows = oLayer.source_block_h_px;
    const int64_t nRows = std::lcm(nBlockRows, static_cast<int64_t>(nTileRows));

    if (oLayer.access == RT_ACCESS_SEQUENTIAL || oLayer.source_block_y_px != 0)
        return oLayer.h_px;
    return std::min<int64_t>(nRows, oLayer.h_px);
}

void AddSource(const rt_image_copy &oCopy, CPLJSONObject &oPass)
{
    const rt_copy_layer &oLayer =
        *rt_copy_source_layer(oCopy.source, oCopy.masks);

    oPass.Add("source", rt_copy_source_how(oCopy.source));
    oPass.Add("source_block",
              Pair(oLayer.source_block_w_px, oLayer.source_block_h_px));
    oPass.Add("source_offset",
              Pair(oLayer.source_block_x_px, oLayer.source_block_y_px));
    oPass.Add("access", AccessName(oLayer.access));
    oPass.Add("cut_rows", static_cast<GInt64>(CutRows(
                              oLayer, rt_tile_format_h_px(oCopy.format))));
}

int64_t CountRuns(const rt_copy_plan &oPlan)
{
    rt_copy_cursor oCursor = {};
    rt_copy_step oStep;
    int64_t nRuns = 0;

    while (rt_copy_plan_next(&oPlan, &oCursor, &oStep))
        nRuns++;
    return nRuns;
}

void AddPlan(const rt_copy_plan &oPlan, CPLJSONObject &oPass)
{
    const auto nPixels = static_cast<GInt64>(oPlan.shape.w_px) *
                         static_cast<GInt64>(oPlan.shape.h_px);
    char szText[1024];

    rt_copy_plan_describe(&oPlan, szText, sizeof(szText));
    oPass.Add("run", Pair(oPlan.x.run_px, oPlan.y.run_px));
    oPass.Add("runs", static_cast<GInt64>(CountRuns(oPlan)));
    oPass.Add("workers", oPlan.n_workers);
    oPass.Add("overlap", oPlan.overlap);
    oPass.Add("segmented", oPlan.segmented);
    oPass.Add("pixels", nPixels);
    oPass.Add("pixels_decoded", static_cast<GInt64>(oPlan.decoded_px));
    oPass.Add("amplification", static_cast<double>(oPlan.decoded_px) /
                                   static_cast<double>(nPixels));
    oPass.Add("bytes_held", static_cast<GInt64>(oPlan.peak_bytes));
    oPass.Add("bytes_spilled", static_cast<GInt64>(oPlan.spill_bytes));
    oPass.Add("text", szText);
}

} // namespace

void RetilePlanReport::AddPass(const RetilePlannedPass &oPass,
                               const rt_image_copy &oCopy,
                               const rt_raw_tile_copy *poRaw)
{
    CPLJSONObject oTold;
    const rt_tile_format *poFormat = oCopy.format;

    oTold.Add("image", oPass.pszWhat);
    oTold.Add("level", oPass.nLevel);
    oTold.Add("levels_computed", oPass.nComputed);
    oTold.Add("how", poRaw != nullptr ? "tiles are copied raw"
                                      : "decoded and encoded");
    oTold.Add("size", Pair(rt_tile_format_raster_w_px(poFormat),
                           rt_tile_format_raster_h_px(poFormat)));
    oTold.Add("tile", Pair(rt_tile_format_w_px(poFormat),
                           rt_tile_format_h_px(poFormat)));
    oTold.Add("tiles", Pair(rt_tile_format_cols(poFormat),
                            rt_tile_format_rows(poFormat)));
    oTold.Add("bytes_max", static_cast<GInt64>(oCopy.budget_bytes));
    if (poRaw != nullptr)
        oTold.Add("files", static_cast<int>(rt_raw_tile_copy_files(poRaw)));
    else {
        AddSource(oCopy, oTold);
        AddPlan(oCopy.kept.plan, oTold);
    }
    m_oPasses.Add(oTold);
}

void RetilePlanReport::AddOther(const char *pszHow)
{
    CPLJSONObject oTold;

    oTold.Add("how", pszHow);
    m_oPasses.Add(oTold);
}

std::string RetilePlanReport::Json(const char *pszLayout)
{
    CPLJSONObject oAll;

    oAll.Add("layout", pszLayout);
    oAll.Add("passes", m_oPasses);
    return oAll.Format(CPLJSONObject::PrettyFormat::Plain);
}
