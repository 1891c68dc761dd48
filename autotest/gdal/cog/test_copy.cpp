/* test_copy.cpp - a copy with overviews decodes each block of its source once,
 * whatever the method, the threads and the memory are. */
#include "cog_options_rig.h"

static void Copy(GDALDataset *poDS, const Options &aosOptions)
{
    const std::string osPath = NewFolder() + "/out.tif";
    const CPLStringList aosList(ToList(aosOptions));

    EXPECT_NE(
        GDALDatasetUniquePtr(
            GetGDALDriverManager()->GetDriverByName("RETILE")->CreateCopy(
                osPath.c_str(), poDS, FALSE, aosList.List(), nullptr, nullptr)),
        nullptr);
}

/* The source has 900x700 pixels in blocks of 100x60. */
static void ExpectDecodedOnce(const Options &aosOptions)
{
    const std::string osPath = NewFolder() + "/in.tif";
    {
        const auto poTiff = MakeTiff(osPath, {900, 700, 3});
        Put(poTiff.get(), Utm(10.0));
    }
    const std::string osName = "COUNTING:100x60:PIXEL:" + osPath;

    SCOPED_TRACE(::testing::PrintToString(aosOptions));
    RegisterCounting();
    const auto poDS = Open(osName);
    ASSERT_NE(poDS, nullptr);
    ForgetDecodes();
    Copy(poDS.get(), aosOptions);
    EXPECT_EQ(DecodedBlocks(osName), 9 * 12);
    EXPECT_EQ(MostDecodes(osName), 1);
}

TEST(CogCopy, DecodesEachBlockOnce)
{
    for (const char *pszMethod : {"NEAREST", "AVERAGE", "CUBIC", "LANCZOS"})
        for (const char *pszThreads : {"1", "4"})
            ExpectDecodedOnce({"LAYOUT=COG", "BLOCKSIZE=128",
                               std::string("OVERVIEW_RESAMPLING=") + pszMethod,
                               std::string("NUM_THREADS=") + pszThreads,
                               "MEMORY_MAX=64MB"});
}

TEST(CogCopy, DecodesEachBlockOnceInLittleMemory)
{
    for (const char *pszMemory : {"8MB", "16MB"})
        ExpectDecodedOnce({"LAYOUT=COG", "BLOCKSIZE=128",
                           std::string("MEMORY_MAX=") + pszMemory});
}

TEST(CogCopy, DecodesEachBlockOnceIntoATilingScheme)
{
    ExpectDecodedOnce({"LAYOUT=COG", "TILING_SCHEME=GoogleMapsCompatible",
                       "MEMORY_MAX=64MB", "NUM_THREADS=4"});
}

TEST(CogCopy, DecodesEachBlockOnceIntoAGeotiffWithOverviews)
{
    ExpectDecodedOnce(
        {"OVERVIEWS=AUTO", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "NUM_THREADS=4"});
}
