/* reduce_shape.h - what is reduced: the bands, their masks and the sizes. */
#ifndef RETILE_GDAL_OVERVIEWS_REDUCE_SHAPE_H
#define RETILE_GDAL_OVERVIEWS_REDUCE_SHAPE_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/grid.h"
#include "gdal/overviews/reduce_axis.h"
#include "gdal_priv.h"

/* One band, as far as its reduced pixels depend on it. */
struct RetileReducePlane {
    GDALDataType eType = GDT_Byte;
    GDALColorInterp eInterp = GCI_Undefined;
    bool bNoData = false;
    double dfNoData = 0;  /* all types but these: */
    GInt64 nNoData = 0;   /* GDT_Int64 */
    GUInt64 nNoDataU = 0; /* GDT_UInt64 */
    int nBits = 0;        /* NBITS; 0: all of the type's */
    std::shared_ptr<GDALColorTable> poColors{};
};

/* The masks that come along with the bands' pixels; GDAL derives others. */
enum class RetileReduceMasks {
    None,
    PerDataset, /* one for all */
    PerBand
};

struct RetileReduceShape {
    RetileReduce eMethod = RetileReduce::Average;
    /* Any factor, not only about 2: GDAL's COG driver divides by 2 and rounds
     * down, gdaladdo rounds up. */
    int32_t nLowerWidth = 0, nLowerHeight = 0;
    int32_t nUpperWidth = 0, nUpperHeight = 0; /* 1 to the lower one's */
    std::vector<RetileReducePlane> aoPlanes{};
    std::string osNoDataValues{}; /* the dataset's NODATA_VALUES */
    RetileReduceMasks eMasks = RetileReduceMasks::None;
    bool bAreMasks = false; /* the planes themselves are masks of bytes */
};

/* Pixels of a level and of the level below it. All are borrowed. */
struct RetileReducePixels {
    rt_window oLower; /* what oUpper is computed from, or more */
    /* By plane: row by row without gaps. May be NULL where no plane that
     * is wanted needs it. */
    const void *const *papLower;
    /* One, or by plane, of bytes: 0 leaves a pixel out, other values are
     * its weight. NULL with RetileReduceMasks::None. */
    const void *const *papMasks;
    rt_window oUpper;
    void *const *papUpper; /* by plane, as above; NULL: not wanted */
};

#endif
