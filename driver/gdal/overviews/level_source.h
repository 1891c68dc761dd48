/* level_source.h - a level that is computed from the one below it, as a source
 * for the core.
 *
 * Layer 0 is the image and layer 1 its masks. The level below is read through a
 * view of its own. What neighbouring blocks need from it is therefore decoded
 * or computed once, and then comes from the cache.
 */
#ifndef RETILE_GDAL_OVERVIEWS_LEVEL_SOURCE_H
#define RETILE_GDAL_OVERVIEWS_LEVEL_SOURCE_H

#include <memory>
#include <vector>

#include "core/view/view.h"
#include "gdal/overviews/level_reduce.h"

/* The level below. Everything is borrowed. */
struct RetileBelow {
    const rt_source *poBase; /* of the full resolution */
    const rt_source *poSource;
    rt_view *poView;
    int nImage; /* its layer of poSource; the next layer has its masks */
    rt_block_cache *poCache;
};

class RetileLevelSource
{
  public:
    /* oShape describes the image; the level's masks are those below. The level
     * is computed in blocks that fit a grid of nBlockXSize x nBlockYSize.
     * Errors are those of RetileLevelReducer::Create and rt_grid_init. */
    RT_MUST_CHECK static rt_status
    Create(const RetileBelow &oBelow, const RetileReduceShape &oShape,
           int nBlockXSize, int nBlockYSize,
           std::unique_ptr<RetileLevelSource> &poSource, rt_error *err);

    const rt_source *Core() const { return &m_sCore; }
    const rt_source *Base() const { return m_oBelow.poBase; }

  private:
    struct Buffers;

    RetileLevelSource(const RetileBelow &oBelow,
                      const RetileReduceShape &oShape);
    RetileLevelSource(const RetileLevelSource &) = delete;
    RetileLevelSource &operator=(const RetileLevelSource &) = delete;

    rt_status Init(int nBlockXSize, int nBlockYSize, rt_error *err);
    rt_status InitLayer(int iLayer, int nBlockXSize, int nBlockYSize,
                        rt_error *err);
    void Connect();
    static rt_status Read(void *pContext, int32_t nLayer,
                          const int32_t *panPlanes, int32_t nPlanes,
                          const rt_window *psWindow, void *const *papPixels,
                          rt_error *err);
    rt_status ReadImage(const int32_t *panPlanes, int32_t nPlanes,
                        const rt_window &oWindow, void *const *papPixels,
                        rt_error *err) const;
    rt_status ReadStrip(const std::vector<int32_t> &anPlanes,
                        const std::vector<int32_t> &anMasks,
                        const rt_window &oStrip, void *const *papUpper,
                        rt_error *err) const;
    int StripLines(uint64_t nLineBytes) const;
    rt_status ReadMasks(const int32_t *panPlanes, int32_t nPlanes,
                        const rt_window &oWindow, void *const *papPixels,
                        rt_error *err) const;
    std::vector<int32_t> NeededPlanes(const int32_t *panPlanes,
                                      int32_t nPlanes) const;
    std::vector<int32_t> NeededMasks(const int32_t *panPlanes,
                                     int32_t nPlanes) const;
    rt_status ReadBelow(int nLayer, const std::vector<int32_t> &anPlanes,
                        const rt_window &oWindow, Buffers &oBuffers,
                        rt_error *err) const;

    const RetileBelow m_oBelow;
    const RetileReduceShape m_oShape;
    std::unique_ptr<RetileLevelReducer> m_poImage{}, m_poMasks{};
    std::vector<uint32_t> m_anPixelBytes{}; /* image, then masks */
    int m_nRowBelow = 0; /* lines of a row of blocks of the level below */
    rt_layer m_asLayers[2] = {};
    rt_source m_sCore = {};
};

#endif
