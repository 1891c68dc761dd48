/* test_codec_memory.cpp - the estimates of what is held while decoding. The
 * numbers themselves were measured; here it is tested that they are applied. */
#include "helper.h"

#include "io/dataset/codec_memory.h"
#include "io/dataset/gdal_dataset.h"

static const uint64_t nMiB = 1 << 20;

/* The estimate for a copy of a raster of three bands, in MiB. */
static uint64_t HeldMiB(const char *pszDriver, int nSide,
                        const Options &aosOptions)
{
    const std::string osFolder = NewFolder();
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = nSide;
    oRecipe.nBands = 3;
    const auto poTiff = MakeTiff(osFolder + "/from.tif", oRecipe);
    const std::string osPath = osFolder + "/to";
    GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName(pszDriver)->CreateCopy(
            osPath.c_str(), poTiff.get(), FALSE,
            const_cast<char **>(ToList(aosOptions).List()), nullptr, nullptr))
        .reset();
    const auto poCopy = Open(osPath);

    EXPECT_NE(poCopy, nullptr);
    return poCopy
               ? rt_codec_held_bytes(GDALDataset::ToHandle(poCopy.get())) / nMiB
               : 0;
}

TEST(CodecMemory, CountsATiffsBlockForItsBandsTogether)
{
    const Options aosTiles = {"TILED=YES", "BLOCKXSIZE=1024",
                              "BLOCKYSIZE=1024"};
    const auto With = [&](const Options &aosMore) {
        Options aosAll = aosTiles;
        aosAll.insert(aosAll.end(), aosMore.begin(), aosMore.end());
        return HeldMiB("GTiff", 1024, aosAll);
    };

    EXPECT_EQ(With({}), 6u);
    EXPECT_EQ(With({"INTERLEAVE=BAND"}), 3u);
    EXPECT_EQ(With({"COMPRESS=LZW"}), 9u);
    EXPECT_EQ(With({"COMPRESS=LZW", "INTERLEAVE=BAND"}), 4u);
}

TEST(CodecMemory, CountsAllCoefficientsOfAProgressiveJpeg)
{
    EXPECT_EQ(HeldMiB("JPEG", 1024, {}), 3u);
    EXPECT_EQ(HeldMiB("JPEG", 1024, {"PROGRESSIVE=ON"}), 6u);
}

TEST(CodecMemory, CountsRowsOfAPngOnly)
{
    EXPECT_EQ(HeldMiB("PNG", 1024, {"ZLEVEL=1"}), 3u);
}

TEST(CodecMemory, DistinguishesAJpeg2000TileFromAPartOfATile)
{
    const uint64_t nTiles =
        HeldMiB("JP2OpenJPEG", 1100, {"BLOCKXSIZE=512", "BLOCKYSIZE=512"});
    const uint64_t nOne =
        HeldMiB("JP2OpenJPEG", 1100, {"BLOCKXSIZE=1100", "BLOCKYSIZE=1100"});

    EXPECT_EQ(nTiles, 3u + 3u + 0u);
    EXPECT_GE(nOne, 42u + 3 * 12);
}

/* GDAL decodes such a strip line by line, from the top. */
TEST(GdalDataset, KnowsATiffOfOneStripAsSequential)
{
    Recipe oRecipe;
    oRecipe.nWidth = 10;
    oRecipe.nHeight = 2100;
    const auto Sequential = [&](const Options &aosOptions) {
        const std::string osPath = NewFolder() + "/s.tif";
        oRecipe.aosCreation = aosOptions;
        WriteTiff(osPath, oRecipe);
        return rt_gdal_is_sequential(GDALDataset::ToHandle(Open(osPath).get()));
    };

    EXPECT_TRUE(Sequential({"BLOCKYSIZE=2100", "COMPRESS=LZW"}));
    EXPECT_FALSE(Sequential({"BLOCKYSIZE=1"}));
    EXPECT_FALSE(Sequential({"BLOCKYSIZE=1", "COMPRESS=LZW"}));
    EXPECT_FALSE(Sequential({"BLOCKYSIZE=700"}));
    oRecipe.nHeight = 1900;
    EXPECT_FALSE(Sequential({"BLOCKYSIZE=1900"}));
}
