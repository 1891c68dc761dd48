/* level_reduce.h - computes windows of a level from pixels of the level below,
 * with GDAL's own functions for overviews. The result is the same as for the
 * whole level.
 *
 * The rules for masks are those of GDAL's COG driver and of GTiff's compressed
 * overviews:
 *   - Each level is computed from the one below.
 *   - Pixels that the mask below leaves out do not count, except for NEAREST.
 *   - The mask is the given one, or an alpha band (2 or 4 bands), or the band's
 *     nodata. The nodata value stays the same number in all types.
 *   - An alpha band is its own mask if the first band has a mask or is one. A
 *     mask that is reduced by itself is its own mask as well.
 *
 * GDAL_OVR_PROPAGATE_NODATA is not supported.
 */
#ifndef RETILE_GDAL_OVERVIEWS_LEVEL_REDUCE_H
#define RETILE_GDAL_OVERVIEWS_LEVEL_REDUCE_H

#include <memory>

#include "core/base/grid.h"
#include "gdal/overviews/reduce_axis.h"
#include "gdal/overviews/reduce_shape.h"

#include "gdal_priv.h"

/* Accepts "NEAREST", "AVERAGE" and the other methods of gdaladdo. Returns false
 * for all others, also for "NONE", which only copies use. */
bool RetileReduceMethod(const char *pszName, RetileReduce *peMethod);
const char *RetileReduceName(RetileReduce eMethod);

/* Describes a band. Its color table is copied. */
RetileReducePlane RetileReducePlaneOf(GDALRasterBand *poBand);

/* Does not change after Create: any number of threads may call Run. */
class RetileLevelReducer
{
  public:
    /* RT_ERR_ARGUMENT if GDAL does not have the method for a type. */
    RT_MUST_CHECK static rt_status
    Create(const RetileReduceShape &oShape,
           std::unique_ptr<RetileLevelReducer> &poReducer, rt_error *err);

    /* The window of the lower level from which oUpper is computed. */
    rt_window Lower(const rt_window &oUpper) const;

    /* Whether plane nTo depends on the pixels of plane nFrom. */
    bool Needs(int nTo, int nFrom) const;

    /* The most bytes that Run allocates temporarily for windows up to this
     * size. It does not depend on the number of planes. */
    uint64_t Bytes(int32_t nWidth, int32_t nHeight) const;

    using Pixels = RetileReducePixels;
    RT_MUST_CHECK rt_status Run(const Pixels &oPixels, rt_error *err) const;

  private:
    explicit RetileLevelReducer(const RetileReduceShape &oShape);
    RetileReduceAxis Axis(int nPlane, bool bX) const;
    bool IsPicked(int nPlane) const;
    void LeaveEmpty(int nPlane, const Pixels &oPixels) const;
    void KeepNoData(int nPlane, const Pixels &oPixels) const;
    void RoundToBits(int nPlane, const Pixels &oPixels) const;

    const RetileReduceShape m_oShape;
};

#endif
