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

#include <memory>

#include "core/base/grid.h"
#include "gdal/overviews/reduce_axis.h"
#include "gdal/overviews/reduce_shape.h"

#include "gdal_priv.h"

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

    using Pixels = RetileReducePixels;
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
