/* pyramid_reducer.h - computes the levels of a copy from each other, from tiles
 * that are being copied. */
#ifndef RETILE_GDAL_COPY_PYRAMID_REDUCER_H
#define RETILE_GDAL_COPY_PYRAMID_REDUCER_H

#include <memory>
#include <vector>

#include "core/copy/engine.h"
#include "gdal/overviews/level_reduce.h"

struct RetilePyramidShape {
    RetileReduce eMethod = RetileReduce::Average;
    /* The size of each level, the full resolution first. */
    std::vector<std::pair<int32_t, int32_t>> anSizes{};
    /* One for each plane of the image. */
    std::vector<RetileReducePlane> aoPlanes{};
    std::string osNoDataValues{};
    /* The layout of tiles in memory, with one mask for all planes, or none. */
    rt_copy_layout layout = {};
    int32_t nTileWidth = 0, nTileHeight = 0;
    bool bAreMasks = false; /* the planes themselves are masks */
    bool bMaskBits = false; /* the source's masks have one bit for each pixel */
    /* GDAL knows that the source's mask is one. It treats the mask of a JPEG
     * file as a band of bytes. */
    bool bBeginAsMasks = true;
    /* GDAL also knows that the overviews of masks are masks. That is so for
     * .msk files, and in later versions for others too. */
    bool bStayMasks = false;
};

/* Does not change after Create: any number of threads may use it. */
class RetilePyramidReducer
{
  public:
    /* Errors of RetileLevelReducer::Create. */
    RT_MUST_CHECK static rt_status
    Create(const RetilePyramidShape &oShape,
           std::unique_ptr<RetilePyramidReducer> &poReducer, rt_error *err);

    /* Valid as long as this object. */
    const rt_copy_reducer *Core() const { return &m_oCore; }

    /* For the planner (rt_copy_levels). */
    int32_t ReachPx() const { return m_nReach; }
    uint64_t WorkBytes() const { return m_nWorkBytes; }

  private:
    explicit RetilePyramidReducer(const RetilePyramidShape &oShape);
    rt_status AddLevel(size_t nLevel, rt_error *err);
    void Measure(size_t nLevel);
    rt_status Run(size_t nLevel, const rt_window &oLooked, GByte *pabyBelow,
                  const rt_window &oOutput, GByte *pabyOut,
                  rt_error *err) const;
    rt_status RunMask(size_t nLevel, const rt_window &oLooked, GByte *pabyLower,
                      const rt_window &oOutput, void *pOut,
                      rt_error *err) const;
    static rt_status OnReduce(void *pContext, int32_t nLevel,
                              const rt_window *psLooked, void *pBelow,
                              const rt_window *psOutput, void *pOut,
                              rt_error *err);

    const RetilePyramidShape m_oShape;
    rt_copy_reducer m_oCore = {};
    /* By level, from 1. No masks if there is none. */
    std::vector<std::unique_ptr<RetileLevelReducer>> m_apoPlanes{},
        m_apoMasks{};
    int32_t m_nReach = 0;
    uint64_t m_nWorkBytes = 0;

    CPL_DISALLOW_COPY_ASSIGN(RetilePyramidReducer)
};

#endif
