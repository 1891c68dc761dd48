/* level_reduce.h - computes windows of a level from pixels of the level below,
 * by GDAL's own functions for overviews, with the same result as for the whole
 * level.
 *
 * The rules about masks are those of GDAL's COG driver and of GTiff's
 * compressed overviews: each level comes from the one below; pixels that the
 * mask below leaves out do not count, except for nearest; the mask is the
 * band's nodata, which stays the same number in all types, or an alpha band (2
 * or 4 bands), or the mask that is given; an alpha band is its own mask where
 * the first band has one or is one; so is a mask, reduced by itself. Not
 * followed: GDAL_OVR_PROPAGATE_NODATA.
 */
#ifndef RETILE_GDAL_OVERVIEWS_LEVEL_REDUCE_H
#define RETILE_GDAL_OVERVIEWS_LEVEL_REDUCE_H

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

/* "NEAREST", "AVERAGE", ... as gdaladdo has them; false for others, among them
 * "NONE", which is for copies only. */
bool RetileReduceMethod(const char *pszName, RetileReduce *peMethod);
const char *RetileReduceName(RetileReduce eMethod);

/* Fills in what a band tells of itself. Its color table is copied. */
RetileReducePlane RetileReducePlaneOf(GDALRasterBand *poBand);

/* Fixed after Create: any number of threads may call Run. */
class RetileLevelReducer
{
  public:
    /* RT_ERR_ARGUMENT where GDAL has no such method for a type. */
    RT_MUST_CHECK static rt_status
    Create(const RetileReduceShape &oShape,
           std::unique_ptr<RetileLevelReducer> &poReducer, rt_error *err);

    /* What a window of the upper level is computed from. */
    rt_window Lower(const rt_window &oUpper) const;

    /* Whether plane nTo is computed from the pixels of plane nFrom, too. */
    bool Needs(int nTo, int nFrom) const;

    /* The most bytes that Run takes for a while, for windows up to this size;
     * independent of the number of planes. */
    uint64_t Bytes(int32_t nWidth, int32_t nHeight) const;

    struct Pixels {
        rt_window oLower; /* Lower(oUpper), or more */
        /* By plane: row by row without gaps. May be NULL where no plane that
         * is wanted needs it. */
        const void *const *papLower;
        /* One, or by plane, of bytes: 0 leaves a pixel out, other values are
         * its weight. NULL with RetileReduceMasks::None. */
        const void *const *papMasks;
        rt_window oUpper;
        void *const *papUpper; /* by plane, as above; NULL: not wanted */
    };
    RT_MUST_CHECK rt_status Run(const Pixels &oPixels, rt_error *err) const;

  private:
    explicit RetileLevelReducer(const RetileReduceShape &oShape);
    RetileReduceAxis Axis(int nPlane, bool bX) const;
    bool IsPicked(int nPlane) const;
    void LeaveEmpty(int nPlane, const Pixels &oPixels) const;
    void KeepNoData(int nPlane, const Pixels &oPixels) const;

    const RetileReduceShape m_oShape;
};

#endif
