/* test_tiles.cpp - raw tiles written into a sparse TIFF of GTiff's. */
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <numeric>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <tiffio.h>

#include "helper.h"
#include "io/tiff/tiles.h"

namespace
{

using Bytes = std::vector<GByte>;

/* A sparse file of 3x2 tiles of 64x64, unless told otherwise. */
std::string MakeTemplate(const Options &aosCreation, int nWidth = 150,
                         int nHeight = 100, int nBands = 3)
{
    const std::string osPath = NewFolder() + "/template.tif";
    CPLStringList aosOptions(ToList(aosCreation));

    for (const char *pszOption :
         {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64", "SPARSE_OK=TRUE"})
        aosOptions.AddString(pszOption);
    GDALDatasetUniquePtr poDS(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            osPath.c_str(), nWidth, nHeight, nBands, GDT_Byte,
            aosOptions.List()));
    EXPECT_NE(poDS, nullptr);
    return osPath;
}

std::string MakeTemplateWithMask(const Options &aosCreation)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    const std::string osPath = MakeTemplate(aosCreation);
    GDALDatasetUniquePtr poDS(
        GDALDataset::Open(osPath.c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));

    EXPECT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
    return osPath;
}

Bytes RandomBytes(size_t nBytes, unsigned nSeed)
{
    std::mt19937 oRandom(nSeed);
    Bytes abyBytes(nBytes);

    for (GByte &byValue : abyBytes)
        byValue = static_cast<GByte>(oRandom());
    return abyBytes;
}

Bytes ReadFile(const std::string &osPath)
{
    GByte *pabyBytes = nullptr;
    vsi_l_offset nBytes = 0;

    EXPECT_TRUE(
        VSIIngestFile(nullptr, osPath.c_str(), &pabyBytes, &nBytes, -1));
    const Bytes abyBytes(pabyBytes, pabyBytes + nBytes);
    VSIFree(pabyBytes);
    return abyBytes;
}

/* A directory as libtiff itself sees it. */
struct Layout {
    int nDirectories = 0;
    uint64_t nDirectoryAt = 0;
    std::vector<uint64_t> anOffsets, anCounts;
};

Layout ReadLayout(const std::string &osPath, int nDirectory)
{
    TIFF *tiff = TIFFOpen(osPath.c_str(), "r");
    Layout oLayout;

    EXPECT_NE(tiff, nullptr);
    if (tiff == nullptr)
        return oLayout;
    oLayout.nDirectories = static_cast<int>(TIFFNumberOfDirectories(tiff));
    EXPECT_TRUE(TIFFSetDirectory(tiff, static_cast<tdir_t>(nDirectory)));
    oLayout.nDirectoryAt = TIFFCurrentDirOffset(tiff);
    for (uint32_t i = 0; i < TIFFNumberOfTiles(tiff); i++) {
        oLayout.anOffsets.push_back(TIFFGetStrileOffset(tiff, i));
        oLayout.anCounts.push_back(TIFFGetStrileByteCount(tiff, i));
    }
    TIFFClose(tiff);
    return oLayout;
}

/* Writes the tiles in the order of anTiles. */
rt_status WriteTiles(const std::string &osPath, int nDirectory,
                     const std::vector<uint32_t> &anTiles,
                     const std::vector<Bytes> &aabyTiles, rt_error *err)
{
    rt_tiff_tiles *tiles = nullptr;
    rt_status eStatus =
        rt_tiff_tiles_open(osPath.c_str(), nDirectory, &tiles, err);

    if (eStatus != RT_OK)
        return eStatus;
    for (size_t i = 0; eStatus == RT_OK && i < anTiles.size(); i++)
        eStatus = rt_tiff_tiles_write(tiles, anTiles[i], aabyTiles[i].data(),
                                      aabyTiles[i].size(), err);
    if (eStatus == RT_OK)
        return rt_tiff_tiles_close(tiles, err);
    rt_tiff_tiles_abandon(tiles);
    return eStatus;
}

std::vector<uint32_t> InOrder(size_t nTiles)
{
    std::vector<uint32_t> anTiles(nTiles);

    std::iota(anTiles.begin(), anTiles.end(), 0U);
    return anTiles;
}

/* Tiles of different lengths. */
std::vector<Bytes> UnevenTiles(size_t nTiles, size_t nBytes)
{
    std::vector<Bytes> aabyTiles;

    for (size_t i = 0; i < nTiles; i++)
        aabyTiles.push_back(
            RandomBytes(nBytes + 1000 * i, static_cast<unsigned>(i)));
    return aabyTiles;
}

/* Tiles of three bands. Without compression libtiff would not accept other
 * lengths. */
std::vector<Bytes> TilesFor(const Options &aosCreation, size_t nTiles,
                            size_t nBytes)
{
    const bool bPlain = aosCreation[0] == "COMPRESS=NONE";

    return bPlain ? std::vector<Bytes>(nTiles, RandomBytes(3 * 64 * 64, 1))
                  : UnevenTiles(nTiles, nBytes);
}

/* The file equals the template except for two arrays, and the tiles follow
 * it. */
void ExpectAppended(const std::string &osPath, const Bytes &abyBefore,
                    const Layout &oBefore, int nDirectory,
                    const std::vector<Bytes> &aabyTiles)
{
    const Layout oAfter = ReadLayout(osPath, nDirectory);
    const Bytes abyAfter = ReadFile(osPath);
    uint64_t nAt = abyBefore.size();
    size_t nChanged = 0;

    EXPECT_EQ(oAfter.nDirectories, oBefore.nDirectories);
    EXPECT_EQ(oAfter.nDirectoryAt, oBefore.nDirectoryAt);
    ASSERT_EQ(oAfter.anOffsets.size(), aabyTiles.size());
    for (size_t i = 0; i < aabyTiles.size(); i++) {
        EXPECT_EQ(oAfter.anOffsets[i], nAt);
        ASSERT_EQ(oAfter.anCounts[i], aabyTiles[i].size());
        ASSERT_LE(nAt + aabyTiles[i].size(), abyAfter.size());
        EXPECT_EQ(
            memcmp(&abyAfter[nAt], aabyTiles[i].data(), aabyTiles[i].size()),
            0);
        nAt += aabyTiles[i].size();
    }
    EXPECT_EQ(abyAfter.size(), nAt);
    for (size_t i = 0; i < abyBefore.size(); i++)
        nChanged += abyBefore[i] != abyAfter[i];
    EXPECT_LE(nChanged, 16 * aabyTiles.size());
}

const std::vector<Options> aaosFormats = {
    {"COMPRESS=NONE"},
    {"COMPRESS=NONE", "BIGTIFF=YES"},
    {"COMPRESS=NONE", "ENDIANNESS=BIG"},
    {"COMPRESS=NONE", "ENDIANNESS=BIG", "BIGTIFF=YES"},
    {"COMPRESS=DEFLATE", "PREDICTOR=2"},
    {"COMPRESS=LZW", "INTERLEAVE=BAND"},
    {"COMPRESS=ZSTD", "BIGTIFF=YES"},
    {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"},
};

class TiffTilesOf : public ::testing::TestWithParam<Options>
{
};

TEST_P(TiffTilesOf, AppendsTilesAndRewritesTheArraysInPlace)
{
    const std::string osPath = MakeTemplate(GetParam());
    const Bytes abyBefore = ReadFile(osPath);
    const Layout oBefore = ReadLayout(osPath, 0);
    const auto aabyTiles = TilesFor(GetParam(), oBefore.anOffsets.size(), 9000);
    rt_error err;

    for (const uint64_t nOffset : oBefore.anOffsets)
        EXPECT_EQ(nOffset, 0U);
    ASSERT_EQ(WriteTiles(osPath, 0, InOrder(aabyTiles.size()), aabyTiles, &err),
              RT_OK)
        << err.text;
    ExpectAppended(osPath, abyBefore, oBefore, 0, aabyTiles);
}

TEST_P(TiffTilesOf, FillsTheMaskAfterTheImage)
{
    const std::string osPath = MakeTemplateWithMask(GetParam());
    rt_error err;

    for (const int nDirectory : {0, 1}) {
        const Bytes abyBefore = ReadFile(osPath);
        const Layout oBefore = ReadLayout(osPath, nDirectory);
        /* The mask's byte counts may have 16 bits. */
        const size_t nTiles = oBefore.anOffsets.size();
        const auto aabyTiles = nDirectory == 0
                                   ? TilesFor(GetParam(), nTiles, 9000)
                                   : UnevenTiles(nTiles, 300);

        ASSERT_EQ(oBefore.nDirectories, 2);
        ASSERT_EQ(WriteTiles(osPath, nDirectory, InOrder(aabyTiles.size()),
                             aabyTiles, &err),
                  RT_OK)
            << err.text;
        ExpectAppended(osPath, abyBefore, oBefore, nDirectory, aabyTiles);
    }
}

TEST_P(TiffTilesOf, WorksOnASingleTileOfABand)
{
    const std::string osPath = MakeTemplate(GetParam(), 64, 64);
    const Bytes abyBefore = ReadFile(osPath);
    const Layout oBefore = ReadLayout(osPath, 0);
    const auto aabyTiles = TilesFor(GetParam(), oBefore.anOffsets.size(), 4096);
    rt_error err;

    ASSERT_EQ(WriteTiles(osPath, 0, InOrder(aabyTiles.size()), aabyTiles, &err),
              RT_OK)
        << err.text;
    ExpectAppended(osPath, abyBefore, oBefore, 0, aabyTiles);
}

INSTANTIATE_TEST_SUITE_P(Formats, TiffTilesOf, ::testing::ValuesIn(aaosFormats),
                         [](const ::testing::TestParamInfo<Options> &oInfo) {
                             std::string osName;

                             for (const std::string &osOption : oInfo.param)
                                 for (const char ch : osOption)
                                     osName += isalnum(ch) ? ch : '_';
                             return osName;
                         });

TEST(TiffTiles, GdalReadsTheTilesThatWereWritten)
{
    const std::string osPath = MakeTemplate({"COMPRESS=NONE"}, 192, 128, 1);
    std::vector<Bytes> aabyTiles;
    rt_error err;

    for (unsigned i = 0; i < 6; i++)
        aabyTiles.push_back(RandomBytes(64 * 64, i));
    ASSERT_EQ(WriteTiles(osPath, 0, InOrder(6), aabyTiles, &err), RT_OK);
    const GDALDatasetUniquePtr poDS = Open(osPath);
    ASSERT_NE(poDS, nullptr);
    for (int i = 0; i < 6; i++) {
        Bytes abyBlock(64 * 64);

        EXPECT_EQ(
            poDS->GetRasterBand(1)->ReadBlock(i % 3, i / 3, abyBlock.data()),
            CE_None);
        EXPECT_EQ(abyBlock, aabyTiles[static_cast<size_t>(i)]);
    }
}

TEST(TiffTiles, ThePositionInTheFileIsTheOrderOfTheCalls)
{
    const std::string osPath = MakeTemplate({"COMPRESS=LZW"});
    rt_error err;

    ASSERT_EQ(WriteTiles(osPath, 0, {4, 0, 2}, UnevenTiles(3, 500), &err),
              RT_OK);
    const Layout oLayout = ReadLayout(osPath, 0);
    EXPECT_LT(oLayout.anOffsets[4], oLayout.anOffsets[0]);
    EXPECT_LT(oLayout.anOffsets[0], oLayout.anOffsets[2]);
}

TEST(TiffTiles, ATileThatIsLeftOutStaysAbsent)
{
    const std::string osPath = MakeTemplate({"COMPRESS=LZW"});
    rt_error err;

    ASSERT_EQ(WriteTiles(osPath, 0, {1, 5}, UnevenTiles(2, 500), &err), RT_OK);
    const Layout oLayout = ReadLayout(osPath, 0);
    for (const uint32_t i : {0U, 2U, 3U, 4U}) {
        EXPECT_EQ(oLayout.anOffsets[i], 0U);
        EXPECT_EQ(oLayout.anCounts[i], 0U);
    }
}

TEST(TiffTiles, ATemplateWithoutTilesStaysAsItWas)
{
    const std::string osPath = MakeTemplate({"COMPRESS=LZW"});
    const Bytes abyBefore = ReadFile(osPath);
    rt_error err;

    ASSERT_EQ(WriteTiles(osPath, 0, {}, {}, &err), RT_OK);
    EXPECT_EQ(ReadFile(osPath), abyBefore);
}

TEST(TiffTiles, AFileInMemoryIsWrittenToo)
{
    const std::string osPath = "/vsimem/tiff_tiles.tif";
    rt_error err;

    ASSERT_EQ(
        CPLCopyFile(osPath.c_str(), MakeTemplate({"COMPRESS=LZW"}).c_str()), 0);
    const Bytes abyBefore = ReadFile(osPath);
    ASSERT_EQ(WriteTiles(osPath, 0, InOrder(6), UnevenTiles(6, 500), &err),
              RT_OK)
        << err.text;
    const std::string osLocal = NewFolder() + "/copy.tif";
    ASSERT_EQ(CPLCopyFile(osLocal.c_str(), osPath.c_str()), 0);
    const Layout oLayout = ReadLayout(osLocal, 0);
    EXPECT_EQ(oLayout.anOffsets[0], abyBefore.size());
    EXPECT_EQ(oLayout.anCounts[5], 5500U);
    VSIUnlink(osPath.c_str());
}

TEST(TiffTiles, WhatIsNotATiledTiffIsRefusedWithoutAWordOnStderr)
{
    const std::string osFolder = NewFolder();
    const std::string osStrips = osFolder + "/strips.tif";
    const std::string osTemplate = MakeTemplate({});
    rt_tiff_tiles *tiles = nullptr;
    rt_error err;

    WriteText(osFolder + "/letter.txt", "Dear reader,\n");
    WriteTiff(osStrips, Recipe());
    testing::internal::CaptureStderr();
    EXPECT_EQ(
        rt_tiff_tiles_open((osFolder + "/gone.tif").c_str(), 0, &tiles, &err),
        RT_ERR_IO);
    EXPECT_NE(strstr(err.text, "gone.tif"), nullptr) << err.text;
    EXPECT_NE(strstr(err.text, "No such file"), nullptr) << err.text;
    EXPECT_EQ(
        rt_tiff_tiles_open((osFolder + "/letter.txt").c_str(), 0, &tiles, &err),
        RT_ERR_IO);
    EXPECT_NE(strstr(err.text, "letter.txt"), nullptr) << err.text;
    EXPECT_EQ(rt_tiff_tiles_open(osStrips.c_str(), 0, &tiles, &err),
              RT_ERR_INTERNAL);
    EXPECT_EQ(rt_tiff_tiles_open(osTemplate.c_str(), 7, &tiles, &err),
              RT_ERR_IO);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(TiffTiles, TilesThatCanNotBeAreRefused)
{
    const std::string osPath = MakeTemplate({});
    rt_tiff_tiles *tiles = nullptr;
    rt_error err;

    ASSERT_EQ(rt_tiff_tiles_open(osPath.c_str(), 0, &tiles, &err), RT_OK);
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 6, "abc", 3, &err), RT_ERR_INTERNAL);
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 0, "abc", 0, &err), RT_ERR_INTERNAL);
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 0, "abc", 3, &err), RT_OK);
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 0, "abc", 3, &err), RT_ERR_INTERNAL);
    EXPECT_EQ(rt_tiff_tiles_close(tiles, &err), RT_OK);
}

TEST(TiffTiles, AFullClassicTiffAsksForBigtiffAsGtiffDoes)
{
    const std::string osPath = MakeTemplate({});
    const Bytes abyTile(1000, 1);
    rt_tiff_tiles *tiles = nullptr;
    rt_error err;

    ASSERT_EQ(truncate(osPath.c_str(), (1LL << 32) - 1500), 0);
    testing::internal::CaptureStderr();
    ASSERT_EQ(rt_tiff_tiles_open(osPath.c_str(), 0, &tiles, &err), RT_OK);
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 0, abyTile.data(), 1000, &err), RT_OK);
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 1, abyTile.data(), 1000, &err),
              RT_ERR_RANGE);
    EXPECT_STREQ(err.text, "Maximum TIFF file size exceeded. "
                           "Use BIGTIFF=YES creation option.");
    EXPECT_EQ(rt_tiff_tiles_close(tiles, &err), RT_ERR_RANGE);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(TiffTiles, ABigTiffGrowsPastFourGigabytes)
{
    const std::string osPath = MakeTemplate({"COMPRESS=LZW", "BIGTIFF=YES"});
    const Bytes abyTile = RandomBytes(3000, 1);
    rt_error err;

    ASSERT_EQ(truncate(osPath.c_str(), (1LL << 32) - 1500), 0);
    ASSERT_EQ(WriteTiles(osPath, 0, {0, 1}, {abyTile, abyTile}, &err), RT_OK);
    const Layout oLayout = ReadLayout(osPath, 0);
    EXPECT_EQ(oLayout.anOffsets[1], (1ULL << 32) + 1500);
    EXPECT_EQ(unlink(osPath.c_str()), 0);
}

/* While it exists, no file of this process can grow beyond the limit. */
class FileLimit
{
  public:
    explicit FileLimit(rlim_t nBytes)
    {
        m_pHandler = signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_sBefore);
        const rlimit sLimit = {nBytes, m_sBefore.rlim_max};
        setrlimit(RLIMIT_FSIZE, &sLimit);
    }
    ~FileLimit()
    {
        setrlimit(RLIMIT_FSIZE, &m_sBefore);
        signal(SIGXFSZ, m_pHandler);
    }
    FileLimit(const FileLimit &) = delete;
    FileLimit &operator=(const FileLimit &) = delete;

  private:
    rlimit m_sBefore{};
    void (*m_pHandler)(int) = nullptr;
};

TEST(TiffTiles, AFailedWriteIsReportedAtOnceAndAgainWhenClosing)
{
    const std::string osPath = MakeTemplate({});
    const size_t nBefore = ReadFile(osPath).size();
    const Bytes abyTile(3000, 1);
    rt_tiff_tiles *tiles = nullptr;
    rt_error err;

    {
        const FileLimit oLimit(nBefore + 5000);

        ASSERT_EQ(rt_tiff_tiles_open(osPath.c_str(), 0, &tiles, &err), RT_OK);
        EXPECT_EQ(rt_tiff_tiles_write(tiles, 0, abyTile.data(), 3000, &err),
                  RT_OK);
        EXPECT_EQ(rt_tiff_tiles_write(tiles, 1, abyTile.data(), 3000, &err),
                  RT_ERR_IO);
        EXPECT_NE(strstr(err.text, "File too large"), nullptr) << err.text;
        EXPECT_NE(strstr(err.text, osPath.c_str()), nullptr) << err.text;
    }
    EXPECT_EQ(rt_tiff_tiles_write(tiles, 2, abyTile.data(), 3000, &err),
              RT_ERR_IO);
    EXPECT_EQ(rt_tiff_tiles_close(tiles, &err), RT_ERR_IO);
    EXPECT_NE(strstr(err.text, "File too large"), nullptr) << err.text;
}

TEST(TiffTiles, AbandonedTilesAreNotInTheDirectory)
{
    const std::string osPath = MakeTemplate({"COMPRESS=LZW"});
    rt_tiff_tiles *tiles = nullptr;
    rt_error err;

    ASSERT_EQ(rt_tiff_tiles_open(osPath.c_str(), 0, &tiles, &err), RT_OK);
    ASSERT_EQ(rt_tiff_tiles_write(tiles, 0, "abc", 3, &err), RT_OK);
    rt_tiff_tiles_abandon(tiles);
    EXPECT_EQ(ReadLayout(osPath, 0).anOffsets[0], 0U);
    rt_tiff_tiles_abandon(nullptr);
}

} // namespace
