/* fuzz_tiff_tags.cpp - the tags of a TIFF: how its tiles are encoded, and for a
 * plain TIFF the pixels, decoded here by libtiff and by GDAL's driver. */
#include <algorithm>
#include <memory>
#include <vector>

#include "fuzz.h"
#include "io/tiff/source.h"
#include "io/tile/format.h"

static const uint64_t nMostPixels = 1 << 18;

static const char *const apszDrivers[] = {"GTiff", nullptr};

using Handle = std::unique_ptr<GDALDataset, GDALDatasetUniquePtrDeleter>;

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    FuzzStart();
    return 0;
}

static void CheckFormat(const char *pszPath, int nDirectory, GDALDataType eType)
{
    rt_tile_format *poFormat = nullptr;
    rt_error oError{};
    const rt_status eStatus = rt_tile_format_open(
        pszPath, nDirectory, nullptr, eType, nullptr, &poFormat, &oError);

    FuzzStatus(eStatus, oError);
    if (eStatus == RT_OK) {
        FuzzExpect(rt_tile_format_cols(poFormat) > 0 &&
                       rt_tile_format_rows(poFormat) > 0,
                   "an image has tiles");
        FuzzExpect(rt_tile_format_samples(poFormat) > 0 &&
                       rt_tile_format_planes(poFormat) > 0 &&
                       rt_tile_format_bound_bytes(poFormat) > 0,
                   "a tile has samples");
    }
    rt_tile_format_close(poFormat);
}

/* Whole blocks are read, as GDAL does. Otherwise the driver could read the
 * lines that are left of a block that is cut off. */
static int32_t WholeBlocks(int32_t nBlock, int32_t nSize)
{
    const int64_t nBlocks = (64 + int64_t{nBlock} - 1) / nBlock;

    return static_cast<int32_t>(std::min<int64_t>(nSize, nBlocks * nBlock));
}

/* Whether a block is a good deflate stream, or absent. */
static bool IsGoodStream(GDALRasterBand *poBand, int nX, int nY, VSILFILE *fp)
{
    const auto Item = [&](const char *pszName) {
        const char *pszValue = poBand->GetMetadataItem(
            CPLSPrintf("%s_%d_%d", pszName, nX, nY), "TIFF");
        return pszValue ? CPLAtoGIntBig(pszValue) : 0;
    };
    const vsi_l_offset nAt = static_cast<vsi_l_offset>(Item("BLOCK_OFFSET"));
    const size_t nBytes = static_cast<size_t>(Item("BLOCK_SIZE"));
    std::vector<GByte> abyBlock(std::min<size_t>(nBytes, 1 << 20));
    size_t nOut = 0;

    if (nBytes == 0)
        return true;
    if (nBytes > abyBlock.size() || VSIFSeekL(fp, nAt, SEEK_SET) != 0 ||
        VSIFReadL(abyBlock.data(), 1, nBytes, fp) != nBytes)
        return false;
    std::vector<GByte> abyOut(nMostPixels * 16);
    return CPLZLibInflate(abyBlock.data(), nBytes, abyOut.data(), abyOut.size(),
                          &nOut) != nullptr;
}

/* The result of a damaged stream depends on the library that decodes it. So
 * only good streams are compared, and files without streams. */
static bool IsComparable(GDALDataset *poPlain, const rt_window &oWindow)
{
    const char *pszCompress =
        poPlain->GetMetadataItem("COMPRESSION", "IMAGE_STRUCTURE");
    VSILFILE *fp;
    bool bGood = true;
    int nW = 0, nH = 0;

    if (pszCompress == nullptr)
        return true;
    if (!EQUAL(pszCompress, "DEFLATE"))
        return false;
    fp = VSIFOpenL(poPlain->GetDescription(), "rb");
    poPlain->GetRasterBand(1)->GetBlockSize(&nW, &nH);
    for (int i = 1; i <= std::min(poPlain->GetRasterCount(), 4); i++)
        for (int y = 0; y < oWindow.h_px; y += nH)
            for (int x = 0; x < oWindow.w_px; x += nW)
                bGood = bGood && IsGoodStream(poPlain->GetRasterBand(i), x / nW,
                                              y / nH, fp);
    VSIFCloseL(fp);
    return bGood;
}

/* Compares a corner of all bands that the source reads. */
static void CompareCorner(rt_tiff_source *poSource, GDALDataset *poPlain)
{
    GDALRasterBand *poFirst = poPlain->GetRasterBand(1);
    const int nBands = std::min(poPlain->GetRasterCount(), 4);
    int nBlockWidth = 0, nBlockHeight = 0;
    poFirst->GetBlockSize(&nBlockWidth, &nBlockHeight);
    const rt_window oWindow = {0, 0,
                               WholeBlocks(nBlockWidth, poFirst->GetXSize()),
                               WholeBlocks(nBlockHeight, poFirst->GetYSize())};
    const GDALDataType eType = poFirst->GetRasterDataType();
    const size_t nBytes = static_cast<size_t>(rt_window_area(&oWindow)) *
                          static_cast<size_t>(nBands) *
                          static_cast<size_t>(GDALGetDataTypeSizeBytes(eType));
    std::vector<GByte> abyOurs(nBytes), abyPlain(nBytes);
    int anBands[] = {1, 2, 3, 4};
    rt_tiff_reader *poReader = nullptr;
    rt_error oError{};
    rt_status eStatus = rt_tiff_reader_open(poSource, &poReader, &oError);

    if (eStatus == RT_OK)
        eStatus = rt_tiff_reader_read(poReader, anBands, nBands, false,
                                      &oWindow, abyOurs.data(), &oError);
    FuzzStatus(eStatus, oError);
    rt_tiff_reader_close(poReader);
    const CPLErr eWanted = poPlain->RasterIO(
        GF_Read, 0, 0, oWindow.w_px, oWindow.h_px, abyPlain.data(),
        oWindow.w_px, oWindow.h_px, eType, nBands, anBands, 0, 0, 0, nullptr);
    if (eStatus != RT_OK || !IsComparable(poPlain, oWindow))
        return;
    FuzzExpect(eWanted == CE_None, "what GDAL cannot read is not read");
    FuzzSame(abyOurs, abyPlain);
}

static void ComparePixels(const char *pszPath)
{
    const Handle poPlain(
        GDALDataset::Open(pszPath, GDAL_OF_RASTER, apszDrivers));

    if (poPlain == nullptr || poPlain->GetRasterCount() == 0 ||
        static_cast<uint64_t>(poPlain->GetRasterXSize()) *
                static_cast<uint64_t>(poPlain->GetRasterYSize()) *
                static_cast<uint64_t>(poPlain->GetRasterCount()) >
            nMostPixels)
        return;
    rt_tiff_source *poSource = rt_tiff_source_open(
        GDALDataset::ToHandle(poPlain.get()), pszPath, nullptr,
        poPlain->GetRasterBand(1)->GetRasterDataType());
    if (poSource != nullptr)
        CompareCorner(poSource, poPlain.get());
    rt_tiff_source_close(poSource);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *pabyData, size_t nSize)
{
    const FuzzFile oFile("/vsimem/fuzz.tif", pabyData, nSize);

    for (const GDALDataType eType : {GDT_Byte, GDT_UInt16, GDT_Float64})
        for (int i = 0; i < 2; i++)
            CheckFormat(oFile.Path(), i, eType);
    ComparePixels(oFile.Path());
    return 0;
}
