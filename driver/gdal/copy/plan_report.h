/* plan_report.h - what a copy will do, told instead of done. */
#ifndef RETILE_GDAL_COPY_PLAN_REPORT_H
#define RETILE_GDAL_COPY_PLAN_REPORT_H

#include <string>

#include "cpl_json.h"
#include "io/copy/raw_tile_copy.h"

/* What a pass fills. */
struct RetilePlannedPass {
    const char *pszWhat; /* such as "bands" */
    int nLevel;          /* 0: the full resolution */
    int nComputed;       /* further levels computed from it */
};

class RetilePlanReport
{
  public:
    /* A pass that has been checked (rt_image_copy_check), so that its plan is
     * kept. poRaw: its tiles are copied raw; nullptr if they are not. Nothing
     * is kept. */
    void AddPass(const RetilePlannedPass &oPass, const rt_image_copy &oCopy,
                 const rt_raw_tile_copy *poRaw);

    /* A copy that another driver makes: how, as one clause. */
    void AddOther(const char *pszHow);

    /* All as one JSON object:
     * layout; passes, each with image, level, levels_computed, how, size, tile
     * and tiles (width and height); of passes that decode also source (how it
     * is read), source_block, source_offset (of pixel 0,0 in its block),
     * access, run (what is decoded in one call), runs, cut_rows (see below),
     * workers, overlap, segmented, pixels, pixels_decoded, amplification,
     * bytes_held (by one worker, at most), bytes_max (MEMORY_MAX),
     * bytes_spilled (at most) and text; of raw copies also files.
     *
     * A copy that is cut after a multiple of cut_rows rows decodes no source
     * block twice and cuts no tile. */
    std::string Json(const char *pszLayout);

  private:
    CPLJSONArray m_oPasses{};
};

#endif
