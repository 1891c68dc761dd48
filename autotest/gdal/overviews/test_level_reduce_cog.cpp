/* test_level_reduce_cog.cpp - levels computed window by window, each from the
 * one below, compared with those of GDAL's COG driver. */
#include "io/dataset/gdal_versions.h"
#include "reduce_rig.h"

static const struct {
    int nWidth, nHeight;
} COG_SIZES[] = {{512, 384}, {701, 563}, {1301, 270}};

namespace
{
enum class Valid { All, NoData, Mask, Alpha };
} // namespace

/* Smooth pixels with noise, and holes of 9 if there may be any. */
static GDALDatasetUniquePtr MakeScene(GDALDataType eType, int nWidth,
                                      int nHeight, Valid eValid)
{
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    const int nBands = eValid == Valid::Alpha ? 4 : 3;
    std::mt19937 oRandom(5);
    GDALDatasetUniquePtr poDS(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            (NewFolder() + "/scene.tif").c_str(), nWidth, nHeight, nBands,
            eType,
            ToList({"INTERLEAVE=PIXEL", "PHOTOMETRIC=RGB",
                    eValid == Valid::Alpha ? "ALPHA=YES" : "ALPHA=NO"})
                .List()));
    const size_t nPixels =
        static_cast<size_t>(nWidth) * static_cast<size_t>(nHeight);
    std::vector<int> anPixels(nPixels);
    std::vector<GByte> abyMask(nPixels);
    for (size_t i = 0; i < nPixels; i++) {
        const int x = static_cast<int>(i) % nWidth;
        const int y = static_cast<int>(i) / nWidth;
        abyMask[i] = (x / 90 + y / 60) % 3 == 0 || x % 31 == 5 ? 0 : 255;
    }
    if (eValid == Valid::NoData)
        poDS->GetRasterBand(1)->SetNoDataValue(9);
    for (int i = 1; i <= nBands; i++) {
        for (size_t k = 0; k < nPixels; k++)
            anPixels[k] = eValid == Valid::NoData && abyMask[k] == 0 ? 9
                          : i == 4
                              ? abyMask[k] * (static_cast<int>(k) % 5) / 4
                              : static_cast<int>(k / 7 % 190 + oRandom() % 60);
        EXPECT_EQ(poDS->GetRasterBand(i)->RasterIO(
                      GF_Write, 0, 0, nWidth, nHeight, anPixels.data(), nWidth,
                      nHeight, GDT_Int32, 0, 0, nullptr),
                  CE_None);
    }
    if (eValid == Valid::Mask) {
        EXPECT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
        EXPECT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, 0, 0, nWidth, nHeight, abyMask.data(), nWidth,
                      nHeight, GDT_Byte, 0, 0, nullptr),
                  CE_None);
    }
    poDS->FlushCache(false);
    return poDS;
}

static GDALDatasetUniquePtr MakeCog(GDALDataset *poScene, const char *pszMethod)
{
    const std::string osPath = NewFolder() + "/cog.tif";
    GDALDatasetUniquePtr poCog(
        GetGDALDriverManager()->GetDriverByName("COG")->CreateCopy(
            osPath.c_str(), poScene, FALSE,
            ToList({"BLOCKSIZE=128", "COMPRESS=LZW",
                    std::string("OVERVIEW_RESAMPLING=") + pszMethod})
                .List(),
            GDALDummyProgress, nullptr));
    poCog.reset();
    return Open(osPath);
}

static void ExpectLevels(GDALDataset *poCog, const char *pszMethod, bool bMask,
                         const std::string &osWhat)
{
    const int nLevels = poCog->GetRasterBand(1)->GetOverviewCount();

    ASSERT_GE(nLevels, 2);
    for (int i = 0; i < nLevels; i++) {
        const Level oLower = LevelOf(poCog, i - 1, bMask);
        const Level oUpper = LevelOf(poCog, i, bMask);
        ExpectReduced(ShapeOf(poCog, pszMethod, oLower, oUpper), oLower, oUpper,
                      osWhat + " " + pszMethod + " level " +
                          std::to_string(i + 1));
    }
}

static void ExpectAll(Valid eValid, const std::string &osWhat)
{
    for (const GDALDataType eType :
         {GDT_Byte, GDT_UInt16, GDT_Int16, GDT_Float32}) {
        if (eValid == Valid::Alpha && eType != GDT_Byte && eType != GDT_UInt16)
            continue;
        for (const auto &oSize : COG_SIZES) {
            /* Odd and even sizes for bytes, odd sizes for other types. */
            if (eType != GDT_Byte && oSize.nWidth != 701)
                continue;
            auto poScene =
                MakeScene(eType, oSize.nWidth, oSize.nHeight, eValid);
            const std::vector<const char *> apszMethods =
                eType == GDT_Byte
                    ? std::vector<const char *>{"NEAREST", "AVERAGE", "CUBIC",
                                                "MODE", "LANCZOS"}
                    : std::vector<const char *>{"AVERAGE", "CUBIC"};
            for (const char *pszMethod : apszMethods)
                if (!IsLeftOut(7))
                    ExpectLevels(MakeCog(poScene.get(), pszMethod).get(),
                                 pszMethod, eValid == Valid::Mask,
                                 osWhat + " " + GDALGetDataTypeName(eType));
        }
    }
}

TEST(LevelReduceCog, EqualsTheLevelsOfACog)
{
    ExpectAll(Valid::All, "plain");
}

TEST(LevelReduceCog, EqualsThoseWithNodata)
{
    ExpectAll(Valid::NoData, "nodata");
}

TEST(LevelReduceCog, EqualsThoseUnderAMask)
{
    ExpectAll(Valid::Mask, "mask");
}

TEST(LevelReduceCog, EqualsThoseUnderAnAlphaBand)
{
    ExpectAll(Valid::Alpha, "alpha");
}

/* The first level of a mask leaves out pixels that are 0 below, so one valid
 * pixel makes a pixel valid. Before GDAL 3.9, further levels are those of a
 * file with 0 and 1 that GDAL does not know to be a mask. */
TEST(LevelReduceCog, MasksAreReducedAsTheCogDriverDoes)
{
    for (const auto &oSize : COG_SIZES)
        for (const char *pszMethod : {"NEAREST", "AVERAGE", "CUBIC", "MODE",
                                      "RMS", "BILINEAR", "LANCZOS"}) {
            if (IsLeftOut(7))
                continue;
            auto poScene =
                MakeScene(GDT_Byte, oSize.nWidth, oSize.nHeight, Valid::Mask);
            auto poCog = MakeCog(poScene.get(), pszMethod);
            const int nLevels = poCog->GetRasterBand(1)->GetOverviewCount();
            for (int i = 0; i < nLevels; i++) {
                Level oLower = LevelOf(poCog.get(), i - 1, true);
                Level oUpper = LevelOf(poCog.get(), i, true);
                oLower.aabyPlanes = {oLower.abyMask};
                oUpper.aabyPlanes = {oUpper.abyMask};
                oLower.abyMask.clear();
                RetileReduceShape oShape =
                    ShapeOf(poCog.get(), pszMethod, oLower, oUpper);
                oShape.aoPlanes = {RetileReducePlane()};
                oShape.bAreMasks = i == 0 || RT_GDAL_MARKS_LEVELS_OF_MASKS;
                if (!oShape.bAreMasks)
                    for (auto &byMask : oLower.aabyPlanes[0])
                        byMask = byMask != 0;
                auto aabyGot = Reduced(oShape, oLower, {64, 64, 13});
                for (auto &byMask : aabyGot[0])
                    byMask = byMask != 0 ? 255 : 0;
                EXPECT_TRUE(aabyGot == oUpper.aabyPlanes)
                    << pszMethod << " level " << i + 1 << " of "
                    << oSize.nWidth;
            }
        }
}
