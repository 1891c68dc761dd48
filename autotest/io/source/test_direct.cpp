/* test_direct.cpp - source blocks of views, decoded by libtiff. */
#include <algorithm>
#include <fstream>

#include "helper.h"

#include "io/source/direct.h"

namespace
{

/* The state of one thread of a view. */
class Direct
{
  public:
    explicit Direct(const std::string &osPathIn)
        : osPath(osPathIn), poDS(Open(osPathIn)),
          poDirect(rt_source_direct_create())
    {
        rt_error oError{};

        EXPECT_NE(poDirect, nullptr);
        EXPECT_EQ(rt_source_layers_describe(&oAll, poDS.get(), "it", &oError),
                  RT_OK)
            << oError.text;
    }
    ~Direct()
    {
        rt_tiff_reader_close(poReader);
        rt_source_direct_destroy(poDirect);
        rt_source_layers_free(&oAll);
    }
    Direct(const Direct &) = delete;
    Direct &operator=(const Direct &) = delete;

    /* Whether the read was done without GDAL; then the pixels must equal
     * GDAL's. nGap: bytes between the planes. */
    bool Read(const rt_window &oWindow, const std::vector<int32_t> &anPlanes,
              int nLayer = 0, size_t nGap = 0)
    {
        const size_t nPx = oAll.layers[nLayer].px_bytes[0];
        const size_t nPlane = rt_window_area(&oWindow) * nPx;
        std::vector<GByte> abyPixels((nPlane + nGap) * anPlanes.size());
        std::vector<void *> apPlanes;

        for (size_t i = 0; i < anPlanes.size(); i++)
            apPlanes.push_back(abyPixels.data() + i * (nPlane + nGap));
        const rt_direct_read oRead = {
            &oAll,           nLayer,
            anPlanes.data(), static_cast<int32_t>(anPlanes.size()),
            &oWindow,        apPlanes.data()};
        if (!rt_source_direct_read(poDirect, poDS.get(), osPath.c_str(),
                                   nullptr, &poReader, &oRead))
            return false;
        for (size_t i = 0; i < anPlanes.size(); i++) {
            const auto *pby = static_cast<const GByte *>(apPlanes[i]);

            EXPECT_EQ(std::vector<GByte>(pby, pby + nPlane),
                      ReadBand(poDS->GetRasterBand(anPlanes[i] + 1),
                               oWindow.x_px, oWindow.y_px, oWindow.w_px,
                               oWindow.h_px));
        }
        return true;
    }
    const rt_window Whole() const
    {
        return {0, 0, poDS->GetRasterXSize(), poDS->GetRasterYSize()};
    }

    const std::string osPath;
    const GDALDatasetUniquePtr poDS;
    rt_source_direct *const poDirect;
    rt_source_layers oAll{};
    rt_tiff_reader *poReader = nullptr;
};

} // namespace

static std::string Made(const Options &aosCreation, int nBands = 3)
{
    const std::string osPath = NewFolder() + "/made.tif";
    Recipe oRecipe;

    oRecipe.nBands = nBands;
    oRecipe.aosCreation = aosCreation;
    WriteTiff(osPath, oRecipe);
    return osPath;
}

TEST(SourceDirect, ReadsStripsAndTilesAsGdalDoes)
{
    for (const Options &aosShape :
         {Options{"BLOCKYSIZE=1", "COMPRESS=DEFLATE"},
          Options{"BLOCKYSIZE=7", "COMPRESS=LZW", "PREDICTOR=2"},
          Options{"BLOCKYSIZE=9", "COMPRESS=DEFLATE", "INTERLEAVE=BAND"},
          Options{"BLOCKYSIZE=61"},
          Options{"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16"}}) {
        Direct oDirect(Made(aosShape));
        const rt_window oSourceBlock =
            rt_grid_block(&oDirect.oAll.layers[0].grid, 0,
                          oDirect.oAll.layers[0].grid.rows - 1);

        SCOPED_TRACE(aosShape[0] + " " + aosShape.back());
        EXPECT_TRUE(oDirect.Read(oDirect.Whole(), {0, 1, 2}));
        EXPECT_TRUE(oDirect.Read(oSourceBlock, {0, 1, 2}));
        EXPECT_TRUE(oDirect.Read(oSourceBlock, {2, 0}));
        EXPECT_TRUE(oDirect.Read(oDirect.Whole(), {1}));
    }
}

TEST(SourceDirect, LeavesToGdalWhatIsNotPixelsOfAPlainTiff)
{
    Direct oJpeg(Made({"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"}));
    EXPECT_FALSE(oJpeg.Read(oJpeg.Whole(), {0, 1, 2}));

    Direct oTiff(Made({"COMPRESS=DEFLATE"}));
    EXPECT_FALSE(oTiff.Read(oTiff.Whole(), {0}, 1)); /* the mask */
    EXPECT_FALSE(oTiff.Read(oTiff.Whole(), {0, 1, 2}, 0, 64));
    EXPECT_TRUE(oTiff.Read(oTiff.Whole(), {0, 1, 2}));
}

TEST(SourceDirect, LeavesRastersOfVeryManyBlocksToGdal)
{
    const std::string osPath = NewFolder() + "/many.tif";
    Recipe oRecipe;

    oRecipe.nWidth = 1;
    oRecipe.nHeight = 1 << 16;
    oRecipe.aosCreation = {"BLOCKYSIZE=1"};
    WriteTiff(osPath, oRecipe);
    Direct oMost(osPath);
    EXPECT_TRUE(oMost.Read({0, 0, 1, 9}, {0}));

    oRecipe.nHeight++;
    WriteTiff(osPath, oRecipe);
    Direct oMore(osPath);
    EXPECT_FALSE(oMore.Read({0, 0, 1, 9}, {0}));
}

TEST(SourceDirect, ReadsNothingMoreOfAFileThatHasChanged)
{
    Direct oDirect(Made({"COMPRESS=DEFLATE"}));

    EXPECT_TRUE(oDirect.Read(oDirect.Whole(), {0}));
    rt_source_direct_give_up(oDirect.poDirect);
    EXPECT_FALSE(oDirect.Read(oDirect.Whole(), {0}));
}

/* GDAL then reads the block and reports the error in its own words. */
TEST(SourceDirect, ReportsNothingOfADamagedBlock)
{
    const std::string osPath = Made({"COMPRESS=DEFLATE", "BLOCKYSIZE=16"});
    Direct oDirect(osPath);
    const Errors oErrors;

    {
        const char *pszAt = GDALGetMetadataItem(oDirect.poDS->GetRasterBand(1),
                                                "BLOCK_OFFSET_0_1", "TIFF");
        ASSERT_NE(pszAt, nullptr);
        std::fstream oFile(osPath,
                           std::ios::in | std::ios::out | std::ios::binary);
        oFile.seekp(std::stoll(pszAt));
        oFile << "no deflate at all";
    }
    EXPECT_FALSE(oDirect.Read({0, 16, 97, 16}, {0, 1, 2}));
    EXPECT_TRUE(oDirect.Read({0, 0, 97, 16}, {0, 1, 2}));
    EXPECT_EQ(oErrors.nFailures + oErrors.nWarnings, 0);
}
