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

/* The properties of a band that its reduced pixels depend on. */
struct RetileReducePlane {
    GDALDataType eType = GDT_Byte;
    GDALColorInterp eInterp = GCI_Undefined;
    bool bNoData = false;
    double dfNoData = 0;  /* of all types except these: */
    GInt64 nNoData = 0;   /* GDT_Int64 */
    GUInt64 nNoDataU = 0; /* GDT_UInt64 */
    int nBits = 0;        /* NBITS; 0: all bits of the type */
    std::shared_ptr<GDALColorTable> poColors{};
};

/* The masks that are passed together with the bands' pixels. GDAL derives the
 * others. */
enum class RetileReduceMasks {
    None,
    PerDataset, /* one for all bands */
    PerBand
};

struct RetileReduceShape {
    RetileReduce eMethod = RetileReduce::Average;
    /* Any factor, not only about 2. GDAL's COG driver divides sizes by 2 and
     * rounds down, gdaladdo rounds up. */
    int32_t nLowerWidth = 0, nLowerHeight = 0;
    int32_t nUpperWidth = 0, nUpperHeight = 0; /* 1 to the lower size */
    std::vector<RetileReducePlane> aoPlanes{};
    std::string osNoDataValues{}; /* the dataset's NODATA_VALUES */
    RetileReduceMasks eMasks = RetileReduceMasks::None;
    bool bAreMasks = false; /* the planes themselves are masks of bytes */
};

/* Pixels of a level and of the level below it. All are borrowed. */
struct RetileReducePixels {
    rt_window oLower; /* covers at least what oUpper is computed from */
    /* By plane, row by row without gaps. NULL if no wanted plane needs it. */
    const void *const *papLower;
    /* One, or one for each plane, of bytes: 0 leaves a pixel out, other values
     * are its weight. NULL with RetileReduceMasks::None. */
    const void *const *papMasks;
    rt_window oUpper;
    void *const *papUpper; /* by plane, as above; NULL if not wanted */
};

#endif
