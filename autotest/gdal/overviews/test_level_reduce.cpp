/* test_level_reduce.cpp - levels computed window by window, compared with those
 * that GDAL builds as a whole. */
#include <algorithm>
#include <cstring>

#include "reduce_rig.h"

static const char *const METHODS[] = {"NEAREST", "AVERAGE",     "RMS",
                                      "MODE",    "GAUSS",       "BILINEAR",
                                      "CUBIC",   "CUBICSPLINE", "LANCZOS"};

static const struct {
    int nWidth, nHeight;
} SIZES[] = {{2, 1}, {3, 3}, {5, 4}, {17, 64}, {64, 48}, {61, 47}, {301, 130}};

namespace
{
struct Scene {
    GDALDataType eType = GDT_Byte;
    int nWidth = 61, nHeight = 47, nBands = 2;
    const char *pszInterleave = "PIXEL";
    bool bNoData = false;
    Options aosMore{};
};
} // namespace

/* Numbers that repeat, for MODE. If there may be nodata, with holes of 7. */
static std::vector<double> Numbers(const Scene &oScene, unsigned nSeed)
{
    std::mt19937 oRandom(nSeed);
    std::vector<double> adf;

    for (int y = 0; y < oScene.nHeight; y++)
        for (int x = 0; x < oScene.nWidth; x++) {
            const bool bHole = (x / 9 + y / 7) % 3 == 1 || oRandom() % 11 == 0;
            const unsigned nNoise = static_cast<unsigned>(oRandom());
            const unsigned nAdd = nNoise % 4 == 0 ? nNoise / 4 % 50 : 0;
            adf.push_back(bHole && oScene.bNoData
                              ? 7
                              : (x * 3 + y * 2) % 200 + static_cast<int>(nAdd));
        }
    return adf;
}

static GDALDatasetUniquePtr Make(const Scene &oScene)
{
    Options aosCreation = {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=32",
                           std::string("INTERLEAVE=") + oScene.pszInterleave};
    aosCreation.insert(aosCreation.end(), oScene.aosMore.begin(),
                       oScene.aosMore.end());
    GDALDriver *poTiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    GDALDatasetUniquePtr poDS(poTiff->Create(
        (NewFolder() + "/scene.tif").c_str(), oScene.nWidth, oScene.nHeight,
        oScene.nBands, oScene.eType, ToList(aosCreation).List()));
    if (oScene.bNoData && oScene.eType == GDT_Int64)
        poDS->GetRasterBand(1)->SetNoDataValueAsInt64(7);
    else if (oScene.bNoData && oScene.eType == GDT_UInt64)
        poDS->GetRasterBand(1)->SetNoDataValueAsUInt64(7);
    else if (oScene.bNoData)
        poDS->GetRasterBand(1)->SetNoDataValue(7);
    for (int i = 1; i <= oScene.nBands; i++) {
        auto adf = Numbers(oScene, static_cast<unsigned>(i));
        EXPECT_EQ(poDS->GetRasterBand(i)->RasterIO(
                      GF_Write, 0, 0, oScene.nWidth, oScene.nHeight, adf.data(),
                      oScene.nWidth, oScene.nHeight, GDT_Float64, 0, 0,
                      nullptr),
                  CE_None);
    }
    return poDS;
}

static void Build(GDALDataset *poDS, const char *pszMethod)
{
    int nFactor = 2;

    poDS->FlushCache(false);
    ASSERT_EQ(poDS->BuildOverviews(pszMethod, 1, &nFactor, 0, nullptr,
                                   GDALDummyProgress, nullptr),
              CE_None);
    poDS->FlushCache(false);
}

/* Compares the first level of a dataset with GDAL's. */
static void ExpectFirstLevel(GDALDataset *poDS, const char *pszMethod,
                             bool bWithMask, const std::string &osWhat)
{
    ASSERT_NO_FATAL_FAILURE(Build(poDS, pszMethod));
    const Level oLower = LevelOf(poDS, -1, bWithMask);
    const Level oUpper = LevelOf(poDS, 0, bWithMask);
    ExpectReduced(ShapeOf(poDS, pszMethod, oLower, oUpper), oLower, oUpper,
                  std::string(pszMethod) + " " + osWhat);
}

TEST(LevelReduce, EqualsGdaladdoForEveryMethodTypeAndSize)
{
    for (const GDALDataType eType :
         {GDT_Byte, GDT_UInt16, GDT_Int16, GDT_UInt32, GDT_Int32, GDT_UInt64,
          GDT_Int64, GDT_Float32, GDT_Float64})
        for (const bool bNoData : {false, true})
            for (const auto &oSize : SIZES)
                for (const char *pszMethod : METHODS) {
                    if (IsLeftOut(9))
                        continue;
                    Scene oScene{eType, oSize.nWidth, oSize.nHeight};
                    oScene.bNoData = bNoData;
                    ExpectFirstLevel(Make(oScene).get(), pszMethod, false,
                                     std::string(GDALGetDataTypeName(eType)) +
                                         (bNoData ? " nodata" : ""));
                }
}

TEST(LevelReduce, EqualsGdaladdoIfBandsAreSeparate)
{
    for (const bool bNoData : {false, true})
        for (const char *pszMethod : METHODS) {
            Scene oScene{GDT_Float32, 61, 47, 2, "BAND"};
            oScene.bNoData = bNoData;
            ExpectFirstLevel(Make(oScene).get(), pszMethod, false, "separate");
        }
}

TEST(LevelReduce, ComplexNumbersEqualGdaladdo)
{
    for (const GDALDataType eType :
         {GDT_CInt16, GDT_CInt32, GDT_CFloat32, GDT_CFloat64})
        for (const auto &oSize : SIZES)
            for (const char *pszMethod : {"NEAREST", "AVERAGE", "RMS"})
                if (!IsLeftOut(5))
                    ExpectFirstLevel(
                        Make({eType, oSize.nWidth, oSize.nHeight}).get(),
                        pszMethod, false, GDALGetDataTypeName(eType));
}

TEST(LevelReduce, RefusesWhatGdalRefusesForComplexNumbers)
{
    RetileReduceShape oShape;
    std::unique_ptr<RetileLevelReducer> poReducer;
    rt_error oError{};

    oShape.eMethod = RetileReduce::Cubic;
    oShape.aoPlanes.resize(1);
    oShape.aoPlanes[0].eType = GDT_CFloat32;
    EXPECT_EQ(RetileLevelReducer::Create(oShape, poReducer, &oError),
              RT_ERR_ARGUMENT);
    EXPECT_NE(strstr(oError.text, "CUBIC"), nullptr);
    EXPECT_NE(strstr(oError.text, "AVERAGE"), nullptr);
}

/* Alpha in smooth steps with holes. */
static void WriteAlpha(GDALDataset *poDS, int nBand, int nMax)
{
    const int nWidth = poDS->GetRasterXSize(), nHeight = poDS->GetRasterYSize();
    std::vector<int> anAlpha;

    for (int y = 0; y < nHeight; y++)
        for (int x = 0; x < nWidth; x++)
            anAlpha.push_back((x / 11 + y / 5) % 3 == 0 ? 0
                              : x < nWidth / 2          ? nMax
                                                        : (x * 5 + y) % nMax);
    ASSERT_EQ(poDS->GetRasterBand(nBand)->RasterIO(
                  GF_Write, 0, 0, nWidth, nHeight, anAlpha.data(), nWidth,
                  nHeight, GDT_Int32, 0, 0, nullptr),
              CE_None);
}

TEST(LevelReduce, EqualsGdaladdoUnderAnAlphaBand)
{
    for (const GDALDataType eType : {GDT_Byte, GDT_UInt16})
        for (const int nBands : {2, 4, 5})
            for (const auto &oSize : SIZES)
                for (const char *pszMethod : METHODS) {
                    if (IsLeftOut(9))
                        continue;
                    Scene oScene{eType, oSize.nWidth, oSize.nHeight, nBands};
                    oScene.aosMore = {"ALPHA=YES"};
                    auto poDS = Make(oScene);
                    if (nBands == 5)
                        poDS->GetRasterBand(5)->SetColorInterpretation(
                            GCI_AlphaBand);
                    WriteAlpha(poDS.get(), nBands,
                               eType == GDT_Byte ? 255 : 65535);
                    ExpectFirstLevel(poDS.get(), pszMethod, false,
                                     "alpha of " + std::to_string(nBands));
                }
}

/* Without bHoles, everything is valid. */
static void WriteMask(GDALDataset *poDS, bool bHoles)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    const int nWidth = poDS->GetRasterXSize(), nHeight = poDS->GetRasterYSize();
    std::vector<GByte> abyMask;

    for (int y = 0; y < nHeight; y++)
        for (int x = 0; x < nWidth; x++)
            abyMask.push_back(bHoles && (x / 20 + y / 13) % 2 == 0 ? 0 : 255);
    ASSERT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
    ASSERT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->RasterIO(
                  GF_Write, 0, 0, nWidth, nHeight, abyMask.data(), nWidth,
                  nHeight, GDT_Byte, 0, 0, nullptr),
              CE_None);
}

TEST(LevelReduce, EqualsGdaladdoUnderAMask)
{
    for (const GDALDataType eType : {GDT_Byte, GDT_Int16, GDT_Float32})
        for (const bool bHoles : {true, false})
            for (const auto &oSize : SIZES)
                for (const char *pszMethod : METHODS) {
                    if (IsLeftOut(9))
                        continue;
                    auto poDS = Make({eType, oSize.nWidth, oSize.nHeight});
                    WriteMask(poDS.get(), bHoles);
                    ExpectFirstLevel(poDS.get(), pszMethod, true,
                                     bHoles ? "mask" : "mask of 255");
                }
}

TEST(LevelReduce, MasksAreReducedAsGdaladdoDoes)
{
    for (const auto &oSize : SIZES)
        for (const char *pszMethod : METHODS) {
            auto poDS = Make({GDT_Byte, oSize.nWidth, oSize.nHeight});
            WriteMask(poDS.get(), true);
            ASSERT_NO_FATAL_FAILURE(Build(poDS.get(), pszMethod));
            Level oLower = LevelOf(poDS.get(), -1, true);
            Level oUpper = LevelOf(poDS.get(), 0, true);
            oLower.aabyPlanes = {oLower.abyMask};
            oUpper.aabyPlanes = {oUpper.abyMask};
            oLower.abyMask.clear();
            RetileReduceShape oShape =
                ShapeOf(poDS.get(), pszMethod, oLower, oUpper);
            oShape.aoPlanes = {RetileReducePlane()};
            oShape.bAreMasks = true;
            /* GTiff stores one bit of each. */
            for (auto &byMask : oUpper.aabyPlanes[0])
                byMask = byMask != 0;
            const auto Got = [&](const Cutting &oCutting) {
                auto aabyGot = Reduced(oShape, oLower, oCutting);
                for (auto &byMask : aabyGot[0])
                    byMask = byMask != 0;
                return aabyGot;
            };
            EXPECT_TRUE(Got({7, 5, 3}) == oUpper.aabyPlanes)
                << pszMethod << " " << oSize.nWidth;
            EXPECT_TRUE(Got({256, 256, 0}) == oUpper.aabyPlanes)
                << pszMethod << " " << oSize.nWidth;
        }
}

TEST(LevelReduce, MixesThePalettesColoursAsGdaladdoDoes)
{
    for (const bool bNoData : {false, true})
        for (const auto &oSize : SIZES)
            for (const char *pszMethod : METHODS) {
                const Errors oWarnings; /* about filters on palettes */
                GDALColorTable oColors;

                if (IsLeftOut(5))
                    continue;
                for (int i = 0; i < 256; i++) {
                    const auto nLevel = static_cast<short>(i);
                    const GDALColorEntry oEntry = {
                        static_cast<short>(255 - nLevel),
                        static_cast<short>(i * 7 % 256), nLevel, 255};
                    oColors.SetColorEntry(i, &oEntry);
                }
                Scene oScene{GDT_Byte, oSize.nWidth, oSize.nHeight, 1};
                oScene.bNoData = bNoData;
                auto poDS = Make(oScene);
                ASSERT_EQ(poDS->GetRasterBand(1)->SetColorTable(&oColors),
                          CE_None);
                ExpectFirstLevel(poDS.get(), pszMethod, false, "palette");
            }
}

TEST(LevelReduce, StaysWithinTheBitsOfTheBand)
{
    for (const char *pszMethod : METHODS) {
        Scene oScene{GDT_UInt16, 61, 47, 1};
        oScene.aosMore = {"NBITS=6"};
        auto poDS = Make(oScene);
        ExpectFirstLevel(poDS.get(), pszMethod, false, "6 bits");
    }
}

TEST(LevelReduce, NodataValuesOfAllBandsTogetherAreTheMask)
{
    for (const char *pszMethod : METHODS) {
        Scene oScene{GDT_Byte, 61, 47, 2};
        oScene.bNoData = true;
        auto poDS = Make(oScene);
        poDS->GetRasterBand(1)->DeleteNoDataValue();
        poDS->SetMetadataItem("NODATA_VALUES", "7 7");
        ExpectFirstLevel(poDS.get(), pszMethod, false, "NODATA_VALUES");
    }
}

TEST(LevelReduce, ReadsNoMoreThanTheHaloAroundWhatPixelsCover)
{
    for (const char *pszMethod : METHODS)
        for (const int nLower : {1000, 1001, 37}) {
            RetileReduce eMethod = RetileReduce::Nearest;
            ASSERT_TRUE(RetileReduceMethod(pszMethod, &eMethod));
            for (const int nUpper : {nLower / 2, (nLower + 1) / 2}) {
                const RetileReduceAxis oAxis = {eMethod, false, nLower, nUpper};
                const int nHalo = RetileReduceHalo(oAxis);
                for (int i = 0; i < nUpper; i++) {
                    const auto oSpan = RetileReduceLooksAt(oAxis, i, i);
                    EXPECT_GE(oSpan.nBegin,
                              static_cast<int>(i * oAxis.Ratio()) - nHalo);
                    EXPECT_LE(oSpan.nEnd,
                              static_cast<int>((i + 1) * oAxis.Ratio()) + 1 +
                                  nHalo);
                }
            }
        }
}
