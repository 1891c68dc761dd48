/* options.h - the options of LAYOUT=COG: the creation options of GDAL's COG
 * driver with its defaults, and those of every copy.
 *
 * Words and numbers that the COG driver warns of and then replaces by a default
 * are refused.
 */
#ifndef RETILE_GDAL_COG_OPTIONS_H
#define RETILE_GDAL_COG_OPTIONS_H

#include <memory>
#include <string>

#include "core/base/status.h"
#include "gdal/cog/tile_matrix_set.h"
#include "gdal/copy/creation_options.h"
#include "gdal_priv.h"

/* In the order of the COG driver's words. */
enum class RetileCogOverviews { Auto, IgnoreExisting, UseExisting, None };
enum class RetileZoomStrategy { Auto, Lower, Upper };
enum class RetileCogStatistics { Auto, Yes, No };

/* Options for overviews in any layout. */
struct RetileCopyOverviews {
    RetileCogOverviews eWhich = RetileCogOverviews::None;
    int nCount = -1;            /* -1: until one fits into a block */
    std::string osResampling{}; /* gdaladdo's name; not checked */
};

/* The target of a reprojection. */
struct RetileCogReprojection {
    std::string osScheme{}; /* as given; empty: none */
    std::shared_ptr<const RetileTileMatrixSet> poScheme{};
    std::string osTargetSRS{}, osExtent{}, osRes{}; /* empty: not given */
    int nZoomLevel = -1;                            /* -1: by strategy */
    RetileZoomStrategy eStrategy = RetileZoomStrategy::Auto;
    int nAlignedLevels = 0;
    std::string osResampling{}; /* gdalwarp's name; not checked */
    bool bAddAlpha = true;      /* unless the source has nodata */

    bool IsAsked() const { return poScheme != nullptr || !osTargetSRS.empty(); }
};

struct RetileCogOptions {
    /* Its blocks are square: BLOCKSIZE. */
    RetileCopyOptions oCopy{};
    RetileCopyOverviews oOverviews{};
    RetileCogReprojection oReprojection{};
    RetileCogStatistics eStatistics = RetileCogStatistics::Auto;
    std::string osCompress{};   /* never empty */
    bool bMaskForAlpha = false; /* JPEG stores an alpha band as mask */
};

/* The options for overviews. eDefault is used if OVERVIEWS is not given: Auto
 * with LAYOUT=COG, None with LAYOUT=GTIFF. The default of the resampling
 * depends on poSrcDS, which must have bands. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseOverviewOptions(
    GDALDataset *poSrcDS, CSLConstList papszOptions,
    RetileCogOverviews eDefault, RetileCopyOverviews &oOptions, rt_error *err);

/* The options of a copy of poSrcDS with LAYOUT=COG. Options that the COG driver
 * does not have are ignored. RT_ERR_ARGUMENT, RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileParseCogOptions(GDALDataset *poSrcDS,
                                              CSLConstList papszOptions,
                                              RetileCogOptions &oOptions,
                                              rt_error *err);

#endif
