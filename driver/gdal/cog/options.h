/* options.h - what LAYOUT=COG can be told: the creation options of GDAL's
 * COG driver, with its defaults, and beside them those of every copy.
 *
 * Words and numbers that the COG driver warns of and then takes for a default
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

/* Of overviews in any layout. */
struct RetileCopyOverviews {
    RetileCogOverviews eWhich = RetileCogOverviews::None;
    int nCount = -1;            /* -1: until one fits into a block */
    std::string osResampling{}; /* as gdaladdo names it; not checked */
};

/* Where the raster goes if it is to be reprojected. */
struct RetileCogReprojection {
    std::string osScheme{}; /* as given; empty: none */
    std::shared_ptr<const RetileTileMatrixSet> poScheme{};
    std::string osTargetSRS{}, osExtent{}, osRes{}; /* empty: not given */
    int nZoomLevel = -1;                            /* -1: by strategy */
    RetileZoomStrategy eStrategy = RetileZoomStrategy::Auto;
    int nAlignedLevels = 0;
    std::string osResampling{}; /* as gdalwarp names it; not checked */
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

/* The options of overviews; eDefault is for OVERVIEWS not given: Auto with
 * LAYOUT=COG, None with LAYOUT=GTIFF. poSrcDS, which has bands, decides on
 * the default of the resampling. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseOverviewOptions(
    GDALDataset *poSrcDS, CSLConstList papszOptions,
    RetileCogOverviews eDefault, RetileCopyOverviews &oOptions, rt_error *err);

/* The options of a copy of poSrcDS with LAYOUT=COG. Options that the COG
 * driver does not have are let pass. RT_ERR_ARGUMENT, RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileParseCogOptions(GDALDataset *poSrcDS,
                                              CSLConstList papszOptions,
                                              RetileCogOptions &oOptions,
                                              rt_error *err);

#endif
