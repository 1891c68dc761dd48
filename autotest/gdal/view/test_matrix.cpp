/* test_matrix.cpp - data types x interleaving x source blocks x nodata x masks:
 * a view equals its source, byte for byte. */
#include <cmath>
#include <limits>

#include "helper.h"

namespace
{

enum class Nodata { None, Value, Extreme };
enum class Mask { None, PerDataset, Alpha };

struct Type {
    const char *pszName;
    GDALDataType eType;
    bool bSignedByte;
};

/* Source blocks: set by GTiff's creation options, or by COUNTING on top. */
struct Shape {
    const char *pszName;
    Options aosTiff;
    const char *pszCounting; /* source block, or nullptr */
    int nWidth, nHeight;     /* of the raster */
};

} // namespace

static const Type asTypes[] = {
    {"Byte", GDT_Byte, false},         {"SignedByte", GDT_Byte, true},
    {"UInt16", GDT_UInt16, false},     {"Int16", GDT_Int16, false},
    {"UInt32", GDT_UInt32, false},     {"Int32", GDT_Int32, false},
    {"UInt64", GDT_UInt64, false},     {"Int64", GDT_Int64, false},
    {"Float32", GDT_Float32, false},   {"Float64", GDT_Float64, false},
    {"CInt16", GDT_CInt16, false},     {"CInt32", GDT_CInt32, false},
    {"CFloat32", GDT_CFloat32, false}, {"CFloat64", GDT_CFloat64, false}};

static const std::vector<Shape> &Shapes()
{
    static const std::vector<Shape> aoShapes = {
        {"StripsOfOneRow", {"BLOCKYSIZE=1"}, nullptr, 97, 61},
        {"StripsOfSeven", {"BLOCKYSIZE=7"}, nullptr, 97, 61},
        {"OneStrip", {"BLOCKYSIZE=61"}, nullptr, 97, 61},
        {"Tiles16",
         {"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"},
         nullptr,
         97,
         61},
        {"Tiles64x32",
         {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=32"},
         nullptr,
         97,
         61},
        {"TileLargerThanTheRaster",
         {"TILED=YES", "BLOCKXSIZE=128", "BLOCKYSIZE=128"},
         nullptr,
         97,
         61},
        {"Odd50x30", {}, "50x30", 97, 61},
        {"Odd7x5", {}, "7x5", 97, 61},
        {"ColumnsOfFive", {}, "5x61", 97, 61},
        {"OneBlock", {}, "97x61", 97, 61},
        {"TallStrips", {}, "97x40", 97, 61},
        {"Odd150x90", {}, "150x90", 161, 101},
    };

    return aoShapes;
}

static void SetNodata(GDALRasterBand *poBand, Nodata eNodata)
{
    const GDALDataType eType = poBand->GetRasterDataType();
    const bool bExtreme = eNodata == Nodata::Extreme;

    if (eNodata == Nodata::None)
        return;
    if (eType == GDT_Int64)
        poBand->SetNoDataValueAsInt64(bExtreme ? -9007199254740993
                                               : 7); /* -2^53 - 1 */
    else if (eType == GDT_UInt64)
        poBand->SetNoDataValueAsUInt64(
            bExtreme ? std::numeric_limits<uint64_t>::max() - 1 : 7);
    else if (GDALDataTypeIsFloating(eType))
        poBand->SetNoDataValue(bExtreme ? std::nan("") : 1.5);
    else
        poBand->SetNoDataValue(bExtreme ? 127 : 0);
}

/* Writes the nodata value to some pixels. */
static void Sprinkle(GDALRasterBand *poBand, Nodata eNodata)
{
    const double dfReal = eNodata == Nodata::Extreme ? std::nan("") : 1.5;
    const bool bExtreme = eNodata == Nodata::Extreme;
    const GDALDataType eType = poBand->GetRasterDataType();
    int64_t nSigned = bExtreme ? -9007199254740993 : 7;
    uint64_t nUnsigned =
        bExtreme ? std::numeric_limits<uint64_t>::max() - 1 : 7;
    double dfValue = GDALDataTypeIsFloating(eType) ? dfReal
                     : bExtreme                    ? 127.0
                                                   : 0.0;
    void *pData = &dfValue;
    GDALDataType eValue = GDT_Float64;

    if (eType == GDT_Int64) {
        pData = &nSigned;
        eValue = eType;
    } else if (eType == GDT_UInt64) {
        pData = &nUnsigned;
        eValue = eType;
    }
    for (int i = 0; eNodata != Nodata::None && i < 40; i++)
        EXPECT_EQ(poBand->RasterIO(GF_Write, (i * 13) % poBand->GetXSize(),
                                   (i * 7) % poBand->GetYSize(), 1, 1, pData, 1,
                                   1, eValue, 0, 0, nullptr),
                  CE_None);
}

static void Make(const std::string &osPath, const Type &oType,
                 const Shape &oShape, bool bPixel, Nodata eNodata, Mask eMask,
                 unsigned nSeed)
{
    const Config oInternal("GDAL_TIFF_INTERNAL_MASK",
                           nSeed % 2 == 0 ? "YES" : "NO");
    Recipe oRecipe = {oShape.nWidth, oShape.nHeight, 2,
                      oType.eType,   oShape.aosTiff, nSeed};
    std::mt19937 oRandom(nSeed);

    oRecipe.aosCreation.push_back(bPixel ? "INTERLEAVE=PIXEL"
                                         : "INTERLEAVE=BAND");
    if (oType.bSignedByte)
        oRecipe.aosCreation.push_back("PIXELTYPE=SIGNEDBYTE");
    if (eMask == Mask::Alpha) {
        oRecipe.nBands = 3;
        oRecipe.aosCreation.push_back("ALPHA=YES");
        oRecipe.aosCreation.push_back("PHOTOMETRIC=MINISBLACK");
    }
    auto poTiff = MakeTiff(osPath, oRecipe);
    for (int i = 1; i <= 2; i++) {
        SetNodata(poTiff->GetRasterBand(i), eNodata);
        Sprinkle(poTiff->GetRasterBand(i), eNodata);
    }
    if (eMask == Mask::PerDataset) {
        auto abyMask = RandomPixels(oRandom, GDT_Byte,
                                    static_cast<size_t>(oShape.nWidth) *
                                        static_cast<size_t>(oShape.nHeight));
        for (GByte &nPixel : abyMask)
            nPixel = nPixel % 2 == 0 ? 0 : 255;
        ASSERT_EQ(poTiff->CreateMaskBand(GMF_PER_DATASET), CE_None);
        ASSERT_EQ(poTiff->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, 0, 0, oShape.nWidth, oShape.nHeight,
                      abyMask.data(), oShape.nWidth, oShape.nHeight, GDT_Byte,
                      0, 0, nullptr),
                  CE_None);
    }
}

static void Compare(const std::string &osName, unsigned nSeed)
{
    static const char *const apszBlocks[][2] = {
        {"BLOCKXSIZE=37", "BLOCKYSIZE=29"},
        {"BLOCKXSIZE=512", "BLOCKYSIZE=512"},
        {"BLOCKXSIZE=64", "BLOCKYSIZE=16"},
        {"BLOCKXSIZE=100", "BLOCKYSIZE=80"}};
    const auto &apszBlock = apszBlocks[nSeed % 4];
    std::mt19937 oRandom(nSeed);
    const auto poPlain = Open(osName);
    const auto poView = Open("RETILE:" + osName,
                             {apszBlock[0], apszBlock[1],
                              nSeed % 3 == 0 ? "CACHE=NONE" : "CACHE=PRIVATE"});

    ASSERT_NE(poPlain, nullptr);
    ASSERT_NE(poView, nullptr);
    EXPECT_EQ(Item(poPlain.get(), "INTERLEAVE", "IMAGE_STRUCTURE"),
              Item(poView.get(), "INTERLEAVE", "IMAGE_STRUCTURE"));
    ExpectSamePixels(poPlain.get(), poView.get(), oRandom);
}

class Matrix : public ::testing::TestWithParam<std::tuple<int, int>>
{
};

TEST_P(Matrix, ViewIsTheSourceByteForByte)
{
    const Type &oType = asTypes[std::get<0>(GetParam())];
    const Shape &oShape =
        Shapes()[static_cast<size_t>(std::get<1>(GetParam()))];
    const std::string osPath = "/vsimem/matrix/m.tif";
    unsigned nSeed = static_cast<unsigned>(std::get<0>(GetParam()) * 1000 +
                                           std::get<1>(GetParam()) * 50);

    for (const bool bPixel : {true, false})
        for (const Nodata eNodata :
             {Nodata::None, Nodata::Value, Nodata::Extreme})
            for (const Mask eMask :
                 {Mask::None, Mask::PerDataset, Mask::Alpha}) {
                if (IsLeftOut(11))
                    continue;
                SCOPED_TRACE(
                    std::string(bPixel ? "pixel" : "band") + ", nodata " +
                    std::to_string(static_cast<int>(eNodata)) + ", mask " +
                    std::to_string(static_cast<int>(eMask)));
                Make(osPath, oType, oShape, bPixel, eNodata, eMask, ++nSeed);
                std::string osName = osPath;
                if (oShape.pszCounting != nullptr)
                    osName = std::string("COUNTING:") + oShape.pszCounting +
                             (bPixel ? ":PIXEL:" : ":BAND:") + osPath;
                Compare(osName, nSeed);
                VSIRmdirRecursive("/vsimem/matrix");
            }
}

INSTANTIATE_TEST_SUITE_P(
    Pixels, Matrix,
    ::testing::Combine(::testing::Range(0, 14), ::testing::Range(0, 12)),
    [](const ::testing::TestParamInfo<std::tuple<int, int>> &oInfo) {
        return std::string(asTypes[std::get<0>(oInfo.param)].pszName) + "In" +
               Shapes()[static_cast<size_t>(std::get<1>(oInfo.param))].pszName;
    });

/* The same through GDAL's VRT, whose bands have blocks of their own. */
TEST(MatrixOfVrts, ViewIsTheSourceByteForByte)
{
    GDALDriver *poVrt = GetGDALDriverManager()->GetDriverByName("VRT");
    unsigned nSeed = 0;

    for (const Type &oType : asTypes)
        for (const Nodata eNodata :
             {Nodata::None, Nodata::Value, Nodata::Extreme})
            for (const Mask eMask :
                 {Mask::None, Mask::PerDataset, Mask::Alpha}) {
                if (IsLeftOut(11))
                    continue;
                SCOPED_TRACE(std::string(oType.pszName) + ", nodata " +
                             std::to_string(static_cast<int>(eNodata)) +
                             ", mask " +
                             std::to_string(static_cast<int>(eMask)));
                Make("/vsimem/matrix/m.tif", oType, Shapes()[1], true, eNodata,
                     eMask, ++nSeed);
                const auto poTiff = Open("/vsimem/matrix/m.tif");
                GDALClose(poVrt->CreateCopy("/vsimem/matrix/m.vrt",
                                            poTiff.get(), FALSE, nullptr,
                                            nullptr, nullptr));
                Compare("/vsimem/matrix/m.vrt", nSeed);
                VSIRmdirRecursive("/vsimem/matrix");
            }
}
