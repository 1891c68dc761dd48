/* test_focal_copy.cpp - tiles that an operator computes from the pixels of a
 * copy's source. */
#include <algorithm>
#include <cstring>

#include "io/copy/image.h"
#include "io/copy/raw_tile_copy.h"
#include "source_rig.h"
#include "tile_rig.h"

namespace
{

using Values = std::vector<double>;

constexpr uint64_t nBudget = 16 << 20;

/* Reads one band of any type and makes nPlanes planes of floats. */
struct Operator {
    GDALDataType eInput;
    int nHalo, nPlanes, nWidth, nHeight;
};

/* A pixel's result: the neighbours inside the raster, weighted by their
 * position. */
template <class F>
float Result(const Operator &oOperator, int iPlane, int nX, int nY, F &&fInput)
{
    double dfSum = iPlane;

    for (int nDY = -oOperator.nHalo; nDY <= oOperator.nHalo; nDY++)
        for (int nDX = -oOperator.nHalo; nDX <= oOperator.nHalo; nDX++)
            if (nX + nDX >= 0 && nY + nDY >= 0 && nX + nDX < oOperator.nWidth &&
                nY + nDY < oOperator.nHeight)
                dfSum = dfSum * 0.5 + fInput(nX + nDX, nY + nDY) *
                                          (10 + 3 * nDX + nDY + iPlane);
    return static_cast<float>(dfSum);
}

rt_status Apply(void *pContext, const rt_window *poInput, const void *pInput,
                const rt_window *poOutput, void *const *papPlanes, rt_error *)
{
    const auto &oOperator = *static_cast<const Operator *>(pContext);
    Values adfInput(rt_window_area(poInput));

    GDALCopyWords64(pInput, oOperator.eInput,
                    GDALGetDataTypeSizeBytes(oOperator.eInput), adfInput.data(),
                    GDT_Float64, 8, static_cast<GPtrDiff_t>(adfInput.size()));
    const auto fInput = [&](int nX, int nY) {
        return adfInput.at(static_cast<size_t>(nY - poInput->y_px) *
                               static_cast<size_t>(poInput->w_px) +
                           static_cast<size_t>(nX - poInput->x_px));
    };
    for (int iPlane = 0; iPlane < oOperator.nPlanes; iPlane++) {
        auto *pafOut = static_cast<float *>(papPlanes[iPlane]);

        for (int nY = 0; nY < poOutput->h_px; nY++)
            for (int nX = 0; nX < poOutput->w_px; nX++)
                *pafOut++ = Result(oOperator, iPlane, poOutput->x_px + nX,
                                   poOutput->y_px + nY, fInput);
    }
    return RT_OK;
}

/* The expected plane of the file. */
std::vector<float> Expected(const Operator &oOperator, int iPlane,
                            GDALRasterBand *poBand)
{
    const auto nWidth = static_cast<size_t>(oOperator.nWidth);
    Values adfInput(nWidth * static_cast<size_t>(oOperator.nHeight));
    std::vector<float> afResult;

    EXPECT_EQ(poBand->RasterIO(GF_Read, 0, 0, oOperator.nWidth,
                               oOperator.nHeight, adfInput.data(),
                               oOperator.nWidth, oOperator.nHeight, GDT_Float64,
                               0, 0, nullptr),
              CE_None);
    for (int nY = 0; nY < oOperator.nHeight; nY++)
        for (int nX = 0; nX < oOperator.nWidth; nX++)
            afResult.push_back(
                Result(oOperator, iPlane, nX, nY, [&](int nX1, int nY1) {
                    return adfInput.at(static_cast<size_t>(nY1) * nWidth +
                                       static_cast<size_t>(nX1));
                }));
    return afResult;
}

/* A source, the band that the operator reads, and the resulting file. */
struct FocalCase {
    Options aosCreation;
    GDALDataType eType;
    int nBands, iPlane, nHalo, nPlanes;
    const char *pszInterleave; /* of the file */
    bool bPng;
};

class FocalImage : public ::testing::TestWithParam<FocalCase>
{
};

/* Makes the source's file; as PNG if the case says so. */
std::string MakeSource(const FocalCase &oCase, const Recipe &oRecipe,
                       const std::string &osFolder)
{
    const std::string osTiff = osFolder + "/source.tif";
    const std::string osPng = osFolder + "/source.png";

    WriteTiff(osTiff, oRecipe);
    if (!oCase.bPng)
        return osTiff;
    const auto poTiff = Open(osTiff);
    EXPECT_NE(
        GDALDatasetUniquePtr(
            GetGDALDriverManager()->GetDriverByName("PNG")->CreateCopy(
                osPng.c_str(), poTiff.get(), false, nullptr, nullptr, nullptr)),
        nullptr);
    return osPng;
}

/* Copies the operator's result for a source into a file without tiles. */
void CopyResult(const FocalCase &oCase, Operator &oOperator,
                GDALDataset *poSource, const std::string &osFile,
                const Format &poFormat, rt_image_result &oResult)
{
    const OpenSource oInput(poSource, oCase.eType, 4);
    const std::vector<uint32_t> anBytes(
        static_cast<size_t>(oCase.nBands),
        static_cast<uint32_t>(GDALGetDataTypeSizeBytes(oCase.eType)));
    const int32_t anPlanes[] = {0, 1, 2, 3};
    const std::string osSpill = NewFolder();
    rt_layer oLayer{};
    rt_source oCore{};
    rt_image_copy oCopy{};
    rt_error oError{};

    oLayer.px_bytes = anBytes.data();
    oCore.n_layers = 1;
    oCore.layers = &oLayer;
    const rt_focal oFocal = {&oCore, oCase.iPlane, oCase.nHalo, &oOperator,
                             Apply};
    oCopy.source = oInput.po;
    oCopy.planes = anPlanes;
    oCopy.n_planes = oCase.nPlanes;
    oCopy.focal = &oFocal;
    oCopy.path = osFile.c_str();
    oCopy.format = poFormat.get();
    oCopy.n_workers = 4;
    oCopy.budget_bytes = nBudget;
    oCopy.spill_folder = osSpill.c_str();
    oCopy.spill_bytes = 1 << 30;
    ASSERT_EQ(rt_image_copy_run(&oCopy, &oResult, &oError), RT_OK)
        << oError.text;
}

} // namespace

TEST_P(FocalImage, HasWhatTheOperatorMakesOfTheWholeRaster)
{
    const FocalCase &oCase = GetParam();
    const std::string osFolder = NewFolder();
    const std::string osFile = osFolder + "/file.tif";
    Recipe oRecipe;
    TileCase oTiles;
    rt_image_result oResult{};

    oRecipe.nBands = oCase.nBands;
    oRecipe.eType = oCase.eType;
    oRecipe.aosCreation = oCase.aosCreation;
    const auto poSource = Open(MakeSource(oCase, oRecipe, osFolder));
    Operator oOperator = {oCase.eType, oCase.nHalo, oCase.nPlanes,
                          oRecipe.nWidth, oRecipe.nHeight};
    oTiles.nWidth = oRecipe.nWidth;
    oTiles.nHeight = oRecipe.nHeight;
    oTiles.nTileHeight = 32;
    oTiles.nBands = oCase.nPlanes;
    oTiles.eType = GDT_Float32;
    oTiles.aosOptions = {"COMPRESS=DEFLATE",
                         std::string("INTERLEAVE=") + oCase.pszInterleave};
    MakeTemplate(oTiles, osFile);
    ASSERT_NO_FATAL_FAILURE(CopyResult(oCase, oOperator, poSource.get(), osFile,
                                       OpenFormat(oTiles, osFile), oResult));
    EXPECT_EQ(oResult.decoded_px, oResult.raster_px);
    EXPECT_LE(oResult.peak_bytes, nBudget);
    const auto poFile = Open(osFile);
    for (int i = 0; i < oCase.nPlanes; i++) {
        const auto afExpected =
            Expected(oOperator, i, poSource->GetRasterBand(oCase.iPlane + 1));
        const auto abyRead = ReadBand(poFile->GetRasterBand(i + 1));

        ASSERT_EQ(abyRead.size(), afExpected.size() * sizeof(float));
        EXPECT_EQ(memcmp(abyRead.data(), afExpected.data(), abyRead.size()), 0)
            << i;
    }
}

INSTANTIATE_TEST_SUITE_P(
    FocalCopy, FocalImage,
    ::testing::Values(
        FocalCase{{}, GDT_Float32, 1, 0, 1, 1, "PIXEL", false},
        FocalCase{{"COMPRESS=DEFLATE", "BLOCKYSIZE=1"},
                  GDT_Int16,
                  1,
                  0,
                  1,
                  1,
                  "PIXEL",
                  false},
        FocalCase{{"TILED=YES", "BLOCKXSIZE=16", "BLOCKYSIZE=16"},
                  GDT_Float64,
                  1,
                  0,
                  3,
                  1,
                  "PIXEL",
                  false},
        // One band of three packed ones, to planes in both orders.
        FocalCase{
            {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=16", "INTERLEAVE=PIXEL"},
            GDT_UInt16,
            3,
            1,
            1,
            3,
            "PIXEL",
            false},
        FocalCase{{"INTERLEAVE=BAND"}, GDT_Byte, 3, 2, 0, 4, "BAND", false},
        // Decoded from the top, through GDAL.
        FocalCase{{}, GDT_Byte, 1, 0, 2, 1, "PIXEL", true},
        FocalCase{{}, GDT_Byte, 3, 1, 1, 3, "BAND", true}));

TEST(FocalCopy, TakesNoTileOver)
{
    const std::string osFolder = NewFolder();
    Recipe oRecipe;
    TileCase oTiles;

    oRecipe.nWidth = oTiles.nWidth;
    oRecipe.nHeight = oTiles.nHeight;
    oRecipe.aosCreation = {"TILED=YES", "BLOCKXSIZE=32", "BLOCKYSIZE=48"};
    WriteTiff(osFolder + "/source.tif", oRecipe);
    MakeTemplate(oTiles, osFolder + "/file.tif");
    const auto poSource = Open(osFolder + "/source.tif");
    const std::string osFile = osFolder + "/file.tif";
    const Format poFormat = OpenFormat(oTiles, osFile);
    const OpenSource oInput(poSource.get(), GDT_Byte, 1);
    const rt_focal oFocal{};
    const int32_t nPlane = 0;
    rt_image_copy oCopy{};
    rt_raw_tile_copy *poRawCopy = nullptr;
    rt_error oError{};

    oCopy.source = oInput.po;
    oCopy.planes = &nPlane;
    oCopy.n_planes = 1;
    oCopy.path = osFile.c_str();
    oCopy.format = poFormat.get();
    oCopy.budget_bytes = nBudget;
    ASSERT_EQ(rt_raw_tile_copy_open(&oCopy, true, &poRawCopy, &oError), RT_OK)
        << oError.text;
    rt_raw_tile_copy_close(poRawCopy);
    oCopy.focal = &oFocal;
    EXPECT_EQ(rt_raw_tile_copy_open(&oCopy, true, &poRawCopy, &oError),
              RT_ERR_ARGUMENT);
}
