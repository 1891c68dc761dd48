/* test_copy_source.cpp - the pixels of datasets for a copy. */
#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "gdal_utils.h"
#include "source_rig.h"

namespace
{

class Source : public OpenSource
{
  public:
    explicit Source(GDALDataset *poDS, const char *pszName = nullptr)
        : Source(poDS, poDS->GetRasterBand(1)->GetRasterDataType(), pszName)
    {
    }
    Source(GDALDataset *poDS, GDALDataType eTypeIn,
           const char *pszName = nullptr)
        : OpenSource(poDS, eTypeIn, nSlots, pszName)
    {
    }

    rt_status Read(int nSlot, const rt_window &oWindow, void *pPixels,
                   rt_error *poError, bool bMasks = false) const
    {
        std::vector<int32_t> anPlanes;
        for (int32_t i = 0; i < Layer(bMasks).n_planes; i++)
            anPlanes.push_back(i);
        return rt_copy_source_read(po, nSlot, bMasks, anPlanes.data(),
                                   Layer(bMasks).n_planes, &oWindow, pPixels,
                                   poError);
    }

    static constexpr int nSlots = 4;
};

} // namespace

/* The layer's source blocks, row by row, clipped at its edges. */
static std::vector<rt_window> SourceBlocks(const rt_copy_layer &oLayer)
{
    std::vector<rt_window> aoBlocks;

    for (int nY = -oLayer.source_block_y_px; nY < oLayer.h_px;
         nY += oLayer.source_block_h_px)
        for (int nX = -oLayer.source_block_x_px; nX < oLayer.w_px;
             nX += oLayer.source_block_w_px) {
            const int nX0 = std::max(nX, 0), nY0 = std::max(nY, 0);
            aoBlocks.push_back(
                {nX0, nY0,
                 std::min(nX + oLayer.source_block_w_px, oLayer.w_px) - nX0,
                 std::min(nY + oLayer.source_block_h_px, oLayer.h_px) - nY0});
        }
    return aoBlocks;
}

/* Converts pixels from pixel by pixel to plane after plane. */
static std::vector<GByte> Unpacked(const std::vector<GByte> &abyPacked,
                                   int nPlanes, size_t nPx)
{
    const size_t nPixel = nPx * static_cast<size_t>(nPlanes);
    const size_t nPlane = abyPacked.size() / static_cast<size_t>(nPlanes);
    std::vector<GByte> abyPlanes(abyPacked.size());

    for (size_t i = 0; i < abyPacked.size(); i++)
        abyPlanes[i % nPixel / nPx * nPlane + i / nPixel * nPx + i % nPx] =
            abyPacked[i];
    return abyPlanes;
}

/* Reads all planes, source block by source block, with one thread for each
 * slot. */
static std::vector<GByte> ReadByThreads(const Source &oSource, bool bMasks)
{
    const rt_copy_layer &oLayer = oSource.Layer(bMasks);
    const size_t nPx = static_cast<size_t>(
        bMasks ? 1 : GDALGetDataTypeSizeBytes(oSource.eType));
    const size_t nRow = static_cast<size_t>(oLayer.w_px) * nPx;
    const size_t nPlane = nRow * static_cast<size_t>(oLayer.h_px);
    const std::vector<rt_window> aoBlocks = SourceBlocks(oLayer);
    std::vector<GByte> abyAll(nPlane * static_cast<size_t>(oLayer.n_planes));
    std::atomic<size_t> nNext{0}, nFailed{0};
    std::vector<std::thread> aoThreads;
    const auto Work = [&](int nSlot) {
        for (size_t i = nNext++; i < aoBlocks.size(); i = nNext++) {
            const rt_window &o = aoBlocks[i];
            const size_t nLine = static_cast<size_t>(o.w_px) * nPx;
            std::vector<GByte> abyBlock(
                nLine * static_cast<size_t>(o.h_px * oLayer.n_planes));
            rt_error oError{};
            if (oSource.Read(nSlot, o, abyBlock.data(), &oError, bMasks) !=
                    RT_OK &&
                nFailed++ == 0)
                ADD_FAILURE() << oError.text;
            if (oLayer.packed)
                abyBlock = Unpacked(abyBlock, oLayer.n_planes, nPx);
            for (int j = 0; j < o.h_px * oLayer.n_planes; j++)
                memcpy(&abyAll[static_cast<size_t>(j / o.h_px) * nPlane +
                               static_cast<size_t>(o.y_px + j % o.h_px) * nRow +
                               static_cast<size_t>(o.x_px) * nPx],
                       &abyBlock[static_cast<size_t>(j) * nLine], nLine);
        }
    };

    for (int i = 0; i < oSource.nSlots; i++)
        aoThreads.emplace_back(Work, i);
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(rt_copy_source_reads(oSource.po), aoBlocks.size());
    return abyAll;
}

static std::vector<GByte> ReadPlainly(GDALDataset *poDS, GDALDataType eType)
{
    const int nW = poDS->GetRasterXSize(), nH = poDS->GetRasterYSize();
    std::vector<GByte> abyAll(
        static_cast<size_t>(nW) * static_cast<size_t>(nH) *
        static_cast<size_t>(poDS->GetRasterCount()) *
        static_cast<size_t>(GDALGetDataTypeSizeBytes(eType)));

    EXPECT_EQ(poDS->RasterIO(GF_Read, 0, 0, nW, nH, abyAll.data(), nW, nH,
                             eType, poDS->GetRasterCount(), nullptr, 0, 0, 0,
                             nullptr),
              CE_None);
    return abyAll;
}

static std::vector<GByte> MasksPlainly(GDALDataset *poDS)
{
    std::vector<GByte> abyAll;

    for (int i = 1; i <= poDS->GetRasterCount(); i++) {
        const auto abyMask = ReadBand(poDS->GetRasterBand(i)->GetMaskBand());
        abyAll.insert(abyAll.end(), abyMask.begin(), abyMask.end());
    }
    return abyAll;
}

static void FlushBands(GDALDataset *poDS)
{
    for (int i = 1; i <= poDS->GetRasterCount(); i++) {
        poDS->GetRasterBand(i)->FlushCache(false);
        poDS->GetRasterBand(i)->GetMaskBand()->FlushCache(false);
    }
}

/* Image and masks equal GDAL's, and GDAL's cache is no fuller than before. */
static void ExpectSame(GDALDataset *poDS)
{
    const GDALDataType eType = poDS->GetRasterBand(1)->GetRasterDataType();
    const auto abyPlain = ReadPlainly(poDS, eType);
    const auto abyMasks = MasksPlainly(poDS);
    FlushBands(poDS);
    const GIntBig nBefore = GDALGetCacheUsed64();

    {
        const Source oSource(poDS);
        EXPECT_TRUE(ReadByThreads(oSource, false) == abyPlain) << oSource.How();
    }
    EXPECT_LE(GDALGetCacheUsed64(), nBefore);
    {
        const Source oSource(poDS);
        EXPECT_TRUE(ReadByThreads(oSource, true) == abyMasks) << oSource.How();
    }
    EXPECT_LE(GDALGetCacheUsed64(), nBefore);
}

static std::string Sample(const std::string &osName)
{
    return std::string(RETILE_TEST_DATA) + "/" + osName;
}

class CopyOfSample : public ::testing::TestWithParam<const char *>
{
};

TEST_P(CopyOfSample, HasThePixelsThatGdalReads)
{
    const auto poDS = Open(Sample(GetParam()));

    ASSERT_NE(poDS, nullptr);
    ExpectSame(poDS.get());
}

INSTANTIATE_TEST_SUITE_P(
    CopySource, CopyOfSample,
    ::testing::Values("row_strips.tif", "tall_strips.tif", "separate_tiles.tif",
                      "pixel_tiles.tif", "ycbcr.tif", "palette.tif",
                      "twelve_bits.tif", "sparse.tif", "signed_bytes.tif",
                      "complex_int16.tif", "complex_float64.tif",
                      "nodata_nan.tif", "nodata_int64.tif", "mask_inside.tif",
                      "mask_beside.tif", "one_row.tif", "one_column.tif",
                      "one_pixel.tif", "one_tile.jp2", "rgb.jpg", "grey.png",
                      "rgba.png", "heights.asc", "lines.envi", "pieces.img",
                      "levels_beside.tif", "mask_of_vrt.vrt",
                      "control_points.vrt", "nodata_per_band.vrt"));

/* The dataset that gdal_translate passes to CreateCopy for these arguments. */
static GDALDatasetUniquePtr Translated(GDALDataset *poDS,
                                       const std::string &osArguments)
{
    const CPLStringList aosArguments(
        CSLTokenizeString(("-q -of VRT " + osArguments).c_str()));
    GDALTranslateOptions *poOptions = GDALTranslateOptionsNew(
        const_cast<char **>(aosArguments.List()), nullptr);
    GDALDatasetUniquePtr poVrt(GDALDataset::FromHandle(
        GDALTranslate("", GDALDataset::ToHandle(poDS), poOptions, nullptr)));

    GDALTranslateOptionsFree(poOptions);
    EXPECT_NE(poVrt, nullptr) << osArguments;
    return poVrt;
}

enum class By {
    Itself,      /* the dataset under the VRT, in its blocks */
    Vrt,         /* the VRT, in the blocks of the dataset under it */
    OneInBlocks, /* the same by one thread */
    VrtBlocks,   /* the VRT in its own blocks */
    OneHandle    /* the same by one thread */
};

struct Translation {
    const char *pszArguments;
    By eBy;
    int nPhaseX = 0, nPhaseY = 0;
};

static std::ostream &operator<<(std::ostream &os, const Translation &o)
{
    return os << o.pszArguments;
}

class CopyOfTranslation : public ::testing::TestWithParam<Translation>
{
  protected:
    static std::string Scene()
    {
        const std::string osPath = TempDir() + "/translated.tif";
        const Config oInternal("GDAL_TIFF_INTERNAL_MASK", "YES");
        Recipe oRecipe;
        oRecipe.nWidth = 301;
        oRecipe.nHeight = 203;
        oRecipe.nBands = 3;
        oRecipe.eType = GDT_UInt16;
        oRecipe.aosCreation = {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=48",
                               "COMPRESS=LZW", "INTERLEAVE=PIXEL"};
        int anLevels[] = {2};

        if (Exists(osPath))
            return osPath;
        auto poTiff = MakeTiff(osPath, oRecipe);
        double adfTransform[6] = {1000, 10, 0, 5000, 0, -10};
        EXPECT_EQ(poTiff->SetGeoTransform(adfTransform), CE_None);
        EXPECT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
        std::vector<GByte> abyMask(301 * 203);
        for (size_t i = 0; i < abyMask.size(); i++)
            abyMask[i] = i % 7 < 3 ? 0 : 255;
        EXPECT_EQ(poTiff->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, 0, 0, 301, 203, abyMask.data(), 301, 203,
                      GDT_Byte, 0, 0, nullptr),
                  CE_None);
        EXPECT_EQ(poTiff->BuildOverviews("NEAREST", 1, anLevels, 0, nullptr,
                                         nullptr, nullptr),
                  CE_None);
        return osPath;
    }
};

TEST_P(CopyOfTranslation, HasThePixelsThatGdalReads)
{
    const auto poTiff = Open(Scene());
    const auto poVrt = Translated(poTiff.get(), GetParam().pszArguments);

    ASSERT_NE(poVrt, nullptr);
    ExpectSame(poVrt.get());
}

TEST_P(CopyOfTranslation, IsReadInTheBlocksThatAreDecoded)
{
    const auto poTiff = Open(Scene());
    const auto poVrt = Translated(poTiff.get(), GetParam().pszArguments);
    const Source oSource(poVrt.get());
    const bool bBlocks =
        GetParam().eBy != By::VrtBlocks && GetParam().eBy != By::OneHandle;

    EXPECT_EQ(oSource.Layer().parallel, GetParam().eBy != By::OneHandle &&
                                            GetParam().eBy != By::OneInBlocks)
        << oSource.How();
    EXPECT_EQ(oSource.How().find("read itself") != std::string::npos,
              GetParam().eBy == By::Itself)
        << oSource.How();
    EXPECT_EQ(oSource.Layer().source_block_w_px,
              bBlocks ? 64 : oSource.Layer().w_px);
    EXPECT_EQ(oSource.Layer().source_block_h_px,
              bBlocks ? 48 : oSource.Layer().h_px);
    EXPECT_EQ(oSource.Layer().source_block_x_px, GetParam().nPhaseX);
    EXPECT_EQ(oSource.Layer().source_block_y_px, GetParam().nPhaseY);
    EXPECT_EQ(oSource.Layer().access,
              bBlocks ? RT_ACCESS_RANDOM : RT_ACCESS_ROWS);
    EXPECT_TRUE(oSource.Layer().interleaved);
}

INSTANTIATE_TEST_SUITE_P(
    CopySource, CopyOfTranslation,
    ::testing::Values(
        Translation{"-a_srs EPSG:32632", By::Itself},
        Translation{"-srcwin 70 50 140 100", By::Itself, 6, 2},
        Translation{"-projwin 1640 4520 2800 3200", By::Itself, 0, 0},
        Translation{"-b 3 -b 1 -srcwin 1 0 200 201", By::Itself, 1, 0},
        Translation{"-b 2", By::Itself},
        Translation{"-a_nodata 7 -a_ullr 0 9 9 0", By::Itself},
        Translation{"-mask none -srcwin 0 47 300 99", By::Itself, 0, 47},
        Translation{"-mask 1 -b 2 -b 3 -srcwin 64 48 200 150", By::Itself},
        Translation{
            "-a_scale 2 -a_offset 3 -mo A=B -colorinterp red,green,blue",
            By::Itself},
        Translation{"-ot UInt32 -srcwin 3 4 200 150", By::Itself, 3, 4},
        Translation{"-ot Float64 -b 3 -srcwin 5 4 200 150", By::Itself, 5, 4},
        Translation{"-ot Byte -srcwin 3 4 200 150", By::Vrt, 3, 4},
        Translation{"-ot Float32 -unscale", By::Vrt},
        Translation{"-ot Byte -scale 0 65535 0 255", By::OneInBlocks},
        Translation{"-scale 0 65535 0 255 -exponent 0.5 -srcwin 5 6 200 100",
                    By::OneInBlocks, 5, 6},
        Translation{"-scale -b 2 -srcwin 5 6 200 100", By::OneInBlocks, 5, 6},
        Translation{"-b mask -srcwin 0 0 200 150", By::VrtBlocks},
        Translation{"-outsize 50% 50% -srcwin 0 0 300 200", By::OneHandle},
        Translation{"-outsize 350 330 -r bilinear", By::OneHandle},
        Translation{"-tr 17 19 -r cubic", By::OneHandle},
        Translation{"-srcwin 1.5 2.5 180 190", By::OneHandle},
        Translation{"-srcwin -20 -10 200 150", By::VrtBlocks}));

TEST(CopySource, ReadsAnOverviewThatIsAskedFor)
{
    const auto poTiff = Open(Sample("levels_inside.tif"));
    const auto poVrt = Translated(poTiff.get(), "-ovr 0");
    const Source oSource(poVrt.get());

    EXPECT_TRUE(ReadByThreads(oSource, false) ==
                ReadPlainly(poVrt.get(), oSource.eType));
    EXPECT_NE(oSource.How().find("read itself"), std::string::npos)
        << oSource.How();
}

TEST(CopySource, ExpandsAPalette)
{
    const auto poTiff = Open(Sample("palette.tif"));
    const auto poVrt = Translated(poTiff.get(), "-expand rgba");

    ExpectSame(poVrt.get());
}

TEST(CopySource, DeliversTheTypeAskedForAsGdalConvertsIt)
{
    const auto poTiff = Open(Sample("complex_float64.tif"));

    for (const GDALDataType eType : {GDT_Byte, GDT_Float32, GDT_CInt16}) {
        const Source oSource(poTiff.get(), eType);
        EXPECT_TRUE(ReadByThreads(oSource, false) ==
                    ReadPlainly(poTiff.get(), eType));
    }
}

TEST(CopySource, ReadsPlanesInTheOrderAskedFor)
{
    const auto poTiff = Open(Sample("pixel_tiles.tif"));
    const auto poVrt = Translated(poTiff.get(), "-b 3 -b 1 -b 2");
    const Source oSource(poVrt.get());
    const int32_t anPlanes[] = {2, 0};
    const rt_window oWindow = {3, 4, 5, 6};
    std::vector<GByte> abyPixels(
        60 * static_cast<size_t>(GDALGetDataTypeSizeBytes(oSource.eType)));
    auto abyExpected = ReadBand(poTiff->GetRasterBand(2), 3, 4, 5, 6);
    const auto abySecond = ReadBand(poTiff->GetRasterBand(3), 3, 4, 5, 6);

    abyExpected.insert(abyExpected.end(), abySecond.begin(), abySecond.end());
    ASSERT_EQ(rt_copy_source_read(oSource.po, 0, false, anPlanes, 2, &oWindow,
                                  abyPixels.data(), nullptr),
              RT_OK);
    EXPECT_EQ(abyPixels, abyExpected);
    EXPECT_EQ(rt_copy_source_pixels(oSource.po), 60u);
    EXPECT_EQ(rt_copy_source_reads(oSource.po), 1u);
}

TEST(CopySource, RefusesWhatIsOutsideOfIt)
{
    const auto poTiff = Open(Sample("one_pixel.tif"));
    const Source oSource(poTiff.get());
    const int32_t nPlane = oSource.Layer().n_planes;
    const rt_window oWindow = {0, 0, 1, 1};
    GByte abyPixels[64];

    EXPECT_EQ(oSource.Read(0, {0, 1, 1, 1}, abyPixels, nullptr),
              RT_ERR_INTERNAL);
    EXPECT_EQ(oSource.Read(4, oWindow, abyPixels, nullptr), RT_ERR_INTERNAL);
    EXPECT_EQ(rt_copy_source_read(oSource.po, 0, false, &nPlane, 1, &oWindow,
                                  abyPixels, nullptr),
              RT_ERR_INTERNAL);
}

/* A request to the driver COUNTING. */
struct Counted {
    const char *pszSourceBlock, *pszArguments; /* "": no VRT */
    int nBlocks;
};

static std::ostream &operator<<(std::ostream &os, const Counted &o)
{
    return os << o.pszSourceBlock << " " << o.pszArguments;
}

class CopyOfCounted : public ::testing::TestWithParam<Counted>
{
};

TEST_P(CopyOfCounted, DecodesEachSourceBlockOnce)
{
    const std::string osTiff = TempDir() + "/counted.tif";
    const std::string osName =
        std::string("COUNTING:") + GetParam().pszSourceBlock + ":" + osTiff;
    Recipe oRecipe;
    oRecipe.nWidth = 300;
    oRecipe.nHeight = 200;
    oRecipe.nBands = 3;
    if (!Exists(osTiff))
        WriteTiff(osTiff, oRecipe);
    const auto poCounting = Open(osName);
    GDALDatasetUniquePtr poVrt;
    if (*GetParam().pszArguments)
        poVrt = Translated(poCounting.get(), GetParam().pszArguments);
    GDALDataset *poDS = poVrt ? poVrt.get() : poCounting.get();

    const Source oSource(poDS);
    ForgetDecodes();
    const auto abyPixels = ReadByThreads(oSource, false);
    EXPECT_EQ(MostDecodes(osName), 1) << oSource.How();
    EXPECT_EQ(DecodedBlocks(osName), GetParam().nBlocks);
    EXPECT_TRUE(abyPixels == ReadPlainly(poDS, oSource.eType));
}

INSTANTIATE_TEST_SUITE_P(
    CopySource, CopyOfCounted,
    ::testing::Values(
        Counted{"50x30:PIXEL", "", 42}, Counted{"300x7:BAND", "", 87},
        Counted{"300x200:PIXEL", "", 1},
        Counted{"50x30:PIXEL", "-srcwin 20 10 100 60", 9},
        Counted{"50x30:BAND", "-srcwin 20 10 100 60 -b 3 -b 1", 18},
        Counted{"50x30:PIXEL", "-srcwin 20 10 100 60 -b 3", 9},
        Counted{"50x30:PIXEL", "-srcwin 20 10 100 60 -b 3 -ot UInt16", 9},
        Counted{"50x30:PIXEL", "-srcwin 20 10 100 60 -scale 0 255 0 99", 9},
        Counted{"300x7:PIXEL", "-srcwin 20 10 100 60 -ot UInt16", 9},
        Counted{"300x200:PIXEL", "-srcwin 20 10 100 60", 1}));

TEST(CopySource, ReadsARasterFromTheTopWithOneHandle)
{
    for (const char *pszName : {"rgb.jpg", "grey.png"}) {
        const auto poDS = Open(Sample(pszName));
        const auto poVrt = Translated(poDS.get(), "-srcwin 1 2 10 11");
        const Source oDirect(poDS.get()), oWindow(poVrt.get());
        int nBlockWidth = 0, nBlockHeight = 0; /* GDAL 3.13: a PNG is a block */

        poDS->GetRasterBand(1)->GetBlockSize(&nBlockWidth, &nBlockHeight);
        EXPECT_FALSE(oDirect.Layer().parallel);
        EXPECT_FALSE(oWindow.Layer().parallel);
        EXPECT_EQ(oDirect.Layer().access, RT_ACCESS_SEQUENTIAL);
        EXPECT_EQ(oWindow.Layer().access, RT_ACCESS_SEQUENTIAL);
        EXPECT_EQ(oWindow.Layer().source_block_w_px, nBlockWidth);
        EXPECT_EQ(oWindow.Layer().source_block_h_px, nBlockHeight);
        ExpectSame(poVrt.get());
    }
}

TEST(CopySource, ReadsATiffOfOneStripFromTheTop)
{
    const std::string osPath = NewFolder() + "/strip.tif";
    Recipe oRecipe;
    oRecipe.nWidth = 20;
    oRecipe.nHeight = 2100;
    oRecipe.nBands = 2;
    oRecipe.aosCreation = {"BLOCKYSIZE=2100", "COMPRESS=LZW",
                           "INTERLEAVE=PIXEL"};
    WriteTiff(osPath, oRecipe);
    const auto poTiff = Open(osPath);
    const Source oSource(poTiff.get());

    EXPECT_EQ(oSource.Layer().access, RT_ACCESS_SEQUENTIAL);
    EXPECT_FALSE(oSource.Layer().parallel);
    ExpectSame(poTiff.get());
}

TEST(CopySource, RepeatsNoWarningForEachHandle)
{
    Errors oErrors;
    const auto poTiff = Open(Sample("pixel_tiles.tif"), {"NO_SUCH=OPTION"});
    ASSERT_EQ(oErrors.nWarnings, 1);
    const Source oSource(poTiff.get());
    std::vector<GByte> abyPixels(64);

    EXPECT_TRUE(oSource.Layer().parallel);
    for (int nSlot = 0; nSlot < 4; nSlot++)
        EXPECT_EQ(oSource.Read(nSlot, {0, 0, 1, 1}, abyPixels.data(), nullptr),
                  RT_OK);
    EXPECT_EQ(oErrors.nWarnings, 1) << oErrors.osWarnings;
}

TEST(CopySource, DistinguishesRowsFromTiles)
{
    const auto poStrips = Open(Sample("row_strips.tif"));
    const auto poTiles = Open(Sample("separate_tiles.tif"));
    const Source oStrips(poStrips.get()), oTiles(poTiles.get());

    EXPECT_EQ(oStrips.Layer().access, RT_ACCESS_ROWS);
    EXPECT_EQ(oTiles.Layer().access, RT_ACCESS_RANDOM);
    EXPECT_FALSE(oTiles.Layer().interleaved);
}

TEST(CopySource, ReadsAMosaicByThreads)
{
    const std::string osFolder = NewFolder();
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = 150;
    WriteTiff(osFolder + "/a.tif", oRecipe);
    oRecipe.nSeed = 2;
    WriteTiff(osFolder + "/b.tif", oRecipe);
    const auto Part = [](const char *pszFile, int nX) {
        return std::string("<SimpleSource><SourceFilename relativeToVRT='1'>") +
               pszFile + "</SourceFilename><SourceBand>1</SourceBand>" +
               "<SrcRect xOff='0' yOff='0' xSize='150' ySize='150'/>" +
               "<DstRect xOff='" + std::to_string(nX) +
               "' yOff='0' xSize='150' ySize='150'/></SimpleSource>";
    };
    WriteText(osFolder + "/m.vrt",
              "<VRTDataset rasterXSize='300' rasterYSize='150'>"
              "<VRTRasterBand dataType='Byte' band='1'>" +
                  Part("a.tif", 0) + Part("b.tif", 150) +
                  "</VRTRasterBand></VRTDataset>");
    const auto poVrt = Open(osFolder + "/m.vrt");
    const Source oSource(poVrt.get());

    EXPECT_TRUE(oSource.Layer().parallel);
    EXPECT_EQ(oSource.Layer().source_block_w_px, 300);
    ExpectSame(poVrt.get());
}

TEST(CopySource, DecodesWhatIsUnderAResamplingVrtOnce)
{
    const std::string osTiff = NewFolder() + "/big.tif";
    const std::string osName = "COUNTING:1400x1400:PIXEL:" + osTiff;
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = 1400;
    WriteTiff(osTiff, oRecipe);
    const auto poCounting = Open(osName);
    const auto poVrt = Translated(poCounting.get(), "-outsize 1300 1300");
    {
        const Source oSource(poVrt.get());
        EXPECT_EQ(oSource.Layer().source_block_w_px, 512);
        ForgetDecodes();
        ReadByThreads(oSource, false);
        EXPECT_LE(MostDecodes(osName), oSource.nSlots); /* once for each
                                                         * handle */
    }
    EXPECT_EQ(GDALGetCacheUsed64(), 0);
}

TEST(CopySource, EvictsWhatAPickedBandLeavesUnderAVrt)
{
    Recipe oRecipe;
    oRecipe.nBands = 3;
    oRecipe.aosCreation = {"INTERLEAVE=PIXEL"};
    WriteTiff(TempDir() + "/picked.tif", oRecipe);
    const auto poTiff = Open(TempDir() + "/picked.tif");
    const auto poVrt = Translated(poTiff.get(), "-b 2 -scale 0 255 0 99");
    const GIntBig nBefore = GDALGetCacheUsed64();
    const Source oSource(poVrt.get());

    ReadByThreads(oSource, false);
    EXPECT_EQ(GDALGetCacheUsed64(), nBefore);
}

TEST(CopySource, ReadsPixelsThatAreNotWrittenYet)
{
    Recipe oRecipe;
    oRecipe.aosCreation = {"TILED=YES"};
    oRecipe.nWidth = oRecipe.nHeight = 300;
    const auto poTiff = MakeTiff(NewFolder() + "/new.tif", oRecipe);
    const auto poVrt = Translated(poTiff.get(), "-srcwin 10 20 200 200");
    const auto poChanged = Translated(poTiff.get(), "-scale 0 255 0 99");

    for (GDALDataset *poDS : {poTiff.get(), poVrt.get(), poChanged.get()}) {
        ASSERT_EQ(poTiff->GetRasterBand(1)->Fill(77), CE_None);
        const Source oSource(poDS);
        EXPECT_FALSE(oSource.Layer().parallel) << oSource.How();
        EXPECT_NE(oSource.How().find("update"), std::string::npos);
        EXPECT_TRUE(ReadByThreads(oSource, false) ==
                    ReadPlainly(poDS, GDT_Byte));
    }
}

TEST(CopySource, IsNotMisledByADatasetInMemoryWithTheNameOfAFile)
{
    const std::string osPath = NewFolder() + "/name.tif";
    Recipe oRecipe;
    WriteTiff(osPath, oRecipe);
    GDALDatasetUniquePtr poMem(
        GetGDALDriverManager()->GetDriverByName("MEM")->Create(
            osPath.c_str(), 97, 61, 1, GDT_Byte, nullptr));
    ASSERT_EQ(poMem->GetRasterBand(1)->Fill(5), CE_None);
    const auto poVrt = Translated(poMem.get(), "-srcwin 1 1 90 50");

    for (GDALDataset *poDS : {poMem.get(), poVrt.get()}) {
        const Source oSource(poDS);
        EXPECT_FALSE(oSource.Layer().parallel) << oSource.How();
        EXPECT_EQ(ReadByThreads(oSource, false), ReadPlainly(poDS, GDT_Byte));
    }
}

TEST(CopySource, ReadsADatasetWithoutAName)
{
    GDALDatasetUniquePtr poMem(
        GetGDALDriverManager()->GetDriverByName("MEM")->Create(
            "", 97, 61, 2, GDT_Byte, nullptr));
    ASSERT_EQ(poMem->GetRasterBand(1)->Fill(5), CE_None);
    const auto poVrt = Translated(poMem.get(), "-srcwin 1 1 90 50");

    for (GDALDataset *poDS : {poMem.get(), poVrt.get()}) {
        const Errors oErrors;
        const Source oSource(poDS);
        EXPECT_FALSE(oSource.Layer().parallel) << oSource.How();
        EXPECT_EQ(ReadByThreads(oSource, false), ReadPlainly(poDS, GDT_Byte));
        EXPECT_EQ(oErrors.nFailures + oErrors.nWarnings, 0) << oErrors.osText;
    }
}

TEST(CopySource, FindsRelativeSources)
{
    const std::string osFolder = NewFolder();
    Recipe oRecipe;
    WriteTiff(osFolder + "/s.tif", oRecipe);
    ASSERT_EQ(VSIMkdir((osFolder + "/below").c_str(), 0755), 0);
    const WorkingFolder oFolder(osFolder);
    const auto poTiff = Open("s.tif");
    const auto poVrt = Translated(poTiff.get(), "-srcwin 1 1 90 50");
    WriteText(osFolder + "/below/r.vrt",
              "<VRTDataset rasterXSize='97' rasterYSize='61'>"
              "<VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
              "<SourceFilename relativeToVRT='1'>../s.tif</SourceFilename>"
              "<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>"
              "</VRTDataset>");
    const auto poFile = Open("below/r.vrt");
    CSLConstList papszXml = poFile->GetMetadata("xml:VRT");
    const auto poXml = Open(papszXml[0], {"ROOT_PATH=" + osFolder + "/below"});

    for (GDALDataset *poDS : {poVrt.get(), poFile.get(), poXml.get()}) {
        ASSERT_NE(poDS, nullptr);
        const Source oSource(poDS);
        EXPECT_NE(oSource.How().find("read itself"), std::string::npos)
            << oSource.How();
        EXPECT_EQ(ReadByThreads(oSource, false), ReadPlainly(poDS, GDT_Byte));
    }
}

TEST(CopySource, ReadsAChangedVrtAsItIsNow)
{
    const std::string osFolder = NewFolder();
    Recipe oRecipe;
    oRecipe.nBands = 2;
    WriteTiff(osFolder + "/s.tif", oRecipe);
    const auto poTiff = Open(osFolder + "/s.tif");
    GDALDatasetUniquePtr poMade(
        GetGDALDriverManager()->GetDriverByName("VRT")->CreateCopy(
            (osFolder + "/c.vrt").c_str(), poTiff.get(), FALSE, nullptr,
            nullptr, nullptr));
    poMade.reset();
    GDALDatasetUniquePtr poVrt(GDALDataset::Open(
        (osFolder + "/c.vrt").c_str(), GDAL_OF_RASTER | GDAL_OF_UPDATE));
    ASSERT_EQ(poVrt->AddBand(GDT_Byte, nullptr), CE_None);

    const Source oSource(poVrt.get());
    EXPECT_EQ(oSource.Layer().n_planes, 3);
    EXPECT_TRUE(oSource.Layer().parallel) << oSource.How();
    EXPECT_EQ(ReadByThreads(oSource, false),
              ReadPlainly(poVrt.get(), GDT_Byte));
}

TEST(CopySource, OpensTheNameGivenInPlaceOfTheDataset)
{
    const auto poView = Open("RETILE:" + Sample("pixel_tiles.tif"),
                             {"BLOCKXSIZE=16", "BLOCKYSIZE=16"});
    rt_copy_source *po = nullptr;
    const std::string osName = Sample("pixel_tiles.tif");
    rt_copy_request oRequest{};
    oRequest.dataset = GDALDataset::ToHandle(poView.get());
    oRequest.name = osName.c_str();
    oRequest.type = GDT_Byte;
    oRequest.n_slots = 2;
    ASSERT_EQ(rt_copy_source_open(&oRequest, &po, nullptr), RT_OK);
    const auto poPlain = Open(Sample("pixel_tiles.tif"));
    int nX = 0, nY = 0;
    poPlain->GetRasterBand(1)->GetBlockSize(&nX, &nY);

    EXPECT_EQ(rt_copy_source_layer(po, false)->source_block_w_px,
              std::min(nX, poPlain->GetRasterXSize()));
    EXPECT_TRUE(rt_copy_source_layer(po, false)->parallel);
    rt_copy_source_close(po);
}

/* Reads everything and fails exactly once; only the caller sees the error. */
static std::string Failure(const Source &oSource)
{
    const rt_copy_layer &oLayer = oSource.Layer();
    std::vector<GByte> abyPixels(static_cast<size_t>(oLayer.w_px) *
                                 static_cast<size_t>(oLayer.h_px) *
                                 static_cast<size_t>(oLayer.n_planes) * 16);
    rt_error oError{};
    const Errors oErrors;

    EXPECT_EQ(oSource.Read(0, {0, 0, oLayer.w_px, oLayer.h_px},
                           abyPixels.data(), &oError),
              RT_ERR_SOURCE);
    EXPECT_EQ(oErrors.nFailures, 0) << oErrors.osText;
    EXPECT_EQ(GDALGetCacheUsed64() > 1000000, false);
    return oError.text;
}

TEST(CopySource, FailsWithTheMessageOfAMissingSource)
{
    const auto poVrt = Open(Sample("source_missing.vrt"));
    const Source oSource(poVrt.get());
    const std::string osText = Failure(oSource);

    EXPECT_NE(osText.find("source_missing.vrt"), std::string::npos) << osText;
    EXPECT_NE(osText.find("No such file"), std::string::npos) << osText;
}

TEST(CopySource, FailsWithTheMessageOfATruncatedFile)
{
    const auto poTiff = Open(Sample("truncated_strips.tif"));
    const auto poVrt = Translated(poTiff.get(), "-b 1");

    for (GDALDataset *poDS : {poTiff.get(), poVrt.get()}) {
        const Source oSource(poDS);
        const std::string osText = Failure(oSource);
        EXPECT_NE(osText.find("truncated_strips.tif"), std::string::npos)
            << osText;
        EXPECT_NE(osText.find("IReadBlock failed"), std::string::npos)
            << osText;
    }
}

TEST(CopySource, ReportsAFileThatChanges)
{
    const std::string osPath = NewFolder() + "/c.tif";
    Recipe oRecipe;
    WriteTiff(osPath, oRecipe);
    const auto poTiff = Open(osPath);
    const auto poVrt = Translated(poTiff.get(), "-srcwin 1 1 20 20");
    const Source oSource(poTiff.get()), oWindow(poVrt.get());

    oRecipe.nSeed = 2;
    WriteTiff(osPath, oRecipe);
    EXPECT_NE(Failure(oSource).find("changed"), std::string::npos);
    EXPECT_NE(Failure(oWindow).find("changed"), std::string::npos);
}

TEST(CopySource, LeavesTheThreadsOptionAsItWas)
{
    const auto poTiff = Open(Sample("pixel_tiles.tif"));
    const Source oSource(poTiff.get());
    std::vector<GByte> abyPixels(3000000);
    const rt_window oWindow = {0, 0, 1, 1};

    EXPECT_EQ(oSource.Read(0, oWindow, abyPixels.data(), nullptr), RT_OK);
    EXPECT_EQ(CPLGetThreadLocalConfigOption("GDAL_NUM_THREADS", nullptr),
              nullptr);
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", "3");
    EXPECT_EQ(oSource.Read(1, oWindow, abyPixels.data(), nullptr), RT_OK);
    EXPECT_STREQ(CPLGetThreadLocalConfigOption("GDAL_NUM_THREADS", nullptr),
                 "3");
    CPLSetThreadLocalConfigOption("GDAL_NUM_THREADS", nullptr);
}

TEST(CopySource, CountsWholeSourceBlocksAsHeld)
{
    rt_copy_layer oLayer{};
    oLayer.source_block_w_px = 100;
    oLayer.source_block_h_px = 10;
    oLayer.source_block_x_px = 30;
    oLayer.source_block_y_px = 5;
    oLayer.held_px_bytes = 3;
    oLayer.held_bytes = 7;
    rt_window oWindow = {0, 0, 70, 5};

    EXPECT_EQ(rt_copy_layer_held(&oLayer, &oWindow), 3007u);
    oWindow.w_px = 71;
    EXPECT_EQ(rt_copy_layer_held(&oLayer, &oWindow), 6007u);
    oWindow.h_px = 6;
    EXPECT_EQ(rt_copy_layer_held(&oLayer, &oWindow), 12007u);
}

TEST(CopySource, PacksAllPlanesInOrderOnly)
{
    const int32_t anPlanes[] = {0, 1, 2}, anOther[] = {0, 2, 1};
    rt_copy_layer oLayer{};
    oLayer.n_planes = 3;

    EXPECT_FALSE(rt_copy_layer_packs(&oLayer, anPlanes, 3));
    oLayer.packed = true;
    EXPECT_TRUE(rt_copy_layer_packs(&oLayer, anPlanes, 3));
    EXPECT_FALSE(rt_copy_layer_packs(&oLayer, anPlanes, 2));
    EXPECT_FALSE(rt_copy_layer_packs(&oLayer, anOther, 3));
}
