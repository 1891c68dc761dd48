/* virtual_levels.h - reduced levels of a raster, each computed on demand from
 * the level below it, down to 256 pixels. */
#ifndef RETILE_GDAL_OVERVIEWS_VIRTUAL_LEVELS_H
#define RETILE_GDAL_OVERVIEWS_VIRTUAL_LEVELS_H

#include <memory>
#include <string>
#include <vector>

#include "core/base/stats.h"
#include "gdal/overviews/level_source.h"
#include "gdal/overviews/options.h"
#include "io/source/layers.h"

/* What the levels are computed from. All pointers are borrowed. */
struct RetileLevelsBase {
    const rt_source *poCore; /* layer 0 is the image, layer 1 its masks */
    std::vector<const rt_gdal_band *> apsBands;
    rt_block_cache *poCache; /* may be nullptr */
    std::string osIdentity;  /* of the base's pixels, without the grid */
    std::string osGrid;
    int nBlockXSize, nBlockYSize;
    int nThreads;
    rt_spill eSpill;
};

class RetileVirtualLevels
{
  public:
    /* poDataset describes the bands. RT_ERR_ARGUMENT if the method does not
     * support their types. */
    RT_MUST_CHECK static rt_status
    Create(const RetileLevelsBase &oBase, GDALDataset *poDataset,
           const RetileOverviewOptions &oOptions,
           std::unique_ptr<RetileVirtualLevels> &poLevels, rt_error *err);

    ~RetileVirtualLevels();
    RetileVirtualLevels(const RetileVirtualLevels &) = delete;
    RetileVirtualLevels &operator=(const RetileVirtualLevels &) = delete;

    /* Call this once, before the first read. poView is the base's view. */
    RT_MUST_CHECK rt_status Start(const RetileLevelsBase &oBase,
                                  rt_view *poView, rt_error *err);

    /* Includes the base, which is level 0; 1 for a small raster. */
    int Levels() const { return 1 + static_cast<int>(m_aoSizes.size()); }
    void Size(int nLevel, int &nWidth, int &nHeight) const;
    RetileReduce Method() const { return m_oShape.eMethod; }
    const rt_gdal_band *Band(int nLevel, int iBand) const
    {
        const auto &aoBands = nLevel == 0 ? m_aoBaseBands : m_aoLevelBands;
        return &aoBands[static_cast<size_t>(iBand)];
    }

    /* From level 1 on. Layer 0 is the image and layer 1 its masks. */
    const rt_source *Core(int nLevel) const;
    rt_view *View(int nLevel) const;

    /* The sum of a counter over the levels. */
    uint64_t Count(rt_stat eStat) const;

  private:
    struct Level;

    RetileVirtualLevels();
    void Describe(const RetileLevelsBase &oBase, GDALDataset *poDataset,
                  const RetileOverviewOptions &oOptions);
    rt_status StartLevel(const RetileLevelsBase &oBase,
                         const RetileBelow &oBelow, rt_error *err);

    RetileReduceShape m_oShape{}; /* except the sizes */
    std::vector<std::pair<int, int>> m_aoSizes{};
    std::vector<rt_gdal_band> m_aoBaseBands{}, m_aoLevelBands{};
    int m_nWidth = 0, m_nHeight = 0; /* of the base */
    std::vector<std::unique_ptr<Level>> m_apoLevels{};
};

#endif
