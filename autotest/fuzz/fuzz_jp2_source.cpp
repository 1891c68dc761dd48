/* fuzz_jp2_source.cpp - the pixels of a JPEG 2000 file, decoded here and by
 * GDAL's driver: they are the same, or both fail. */
#include <memory>
#include <vector>

#include "fuzz.h"
#include "io/jp2/source.h"

/* Larger images take long and find nothing more. */
static const uint64_t nMostBytes = 1 << 20;

static const char *const apszDrivers[] = {"JP2OpenJPEG", nullptr};

using Handle = std::unique_ptr<GDALDataset, GDALDatasetUniquePtrDeleter>;

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    FuzzStart();
    CPLSetConfigOption("GDAL_NUM_THREADS", "1");
    return 0;
}

static Handle OpenPlain(const FuzzFile &oFile)
{
    return Handle(GDALDataset::Open(oFile.Path(), GDAL_OF_RASTER, apszDrivers));
}

/* Compares level 0 or an overview, all bands. */
static void CompareLevel(rt_jp2_source *poSource, GDALDataset *poPlain,
                         int nLevel)
{
    const int nBands = poPlain->GetRasterCount();
    GDALRasterBand *poFirst = poPlain->GetRasterBand(1);
    if (nLevel > 0)
        poFirst = poFirst->GetOverview(nLevel - 1);
    if (poFirst == nullptr)
        return;
    const int nW = poFirst->GetXSize(), nH = poFirst->GetYSize();
    const GDALDataType eType = poFirst->GetRasterDataType();
    const auto nPixel = static_cast<size_t>(GDALGetDataTypeSizeBytes(eType));
    const size_t nPlane =
        static_cast<size_t>(nW) * static_cast<size_t>(nH) * nPixel;
    std::vector<GByte> abyOurs(nPlane * static_cast<size_t>(nBands));
    std::vector<GByte> abyPlain(abyOurs.size());
    std::vector<void *> apPlanes;
    std::vector<int32_t> anPlanes;
    const rt_window oWhole = {0, 0, nW, nH};
    CPLErr eWanted = CE_None;
    rt_error oError{};

    for (int i = 0; i < nBands; i++) {
        const size_t nAt = nPlane * static_cast<size_t>(i);
        GDALRasterBand *poBand = poPlain->GetRasterBand(i + 1);

        anPlanes.push_back(i);
        apPlanes.push_back(abyOurs.data() + nAt);
        if (nLevel > 0)
            poBand = poBand->GetOverview(nLevel - 1);
        if (eWanted == CE_None)
            eWanted =
                poBand->RasterIO(GF_Read, 0, 0, nW, nH, abyPlain.data() + nAt,
                                 nW, nH, eType, 0, 0, nullptr);
    }
    const rt_status eStatus =
        rt_jp2_source_read(poSource, nLevel, anPlanes.data(), nBands, &oWhole,
                           apPlanes.data(), &oError);
    FuzzStatus(eStatus, oError);
    FuzzExpect((eStatus == RT_OK) == (eWanted == CE_None),
               eStatus == RT_OK ? "what GDAL cannot read is not read"
                                : oError.text);
    if (eStatus == RT_OK)
        FuzzSame(abyOurs, abyPlain);
}

static bool IsSmall(GDALDataset *poDS)
{
    return static_cast<uint64_t>(poDS->GetRasterXSize()) *
               static_cast<uint64_t>(poDS->GetRasterYSize()) *
               static_cast<uint64_t>(poDS->GetRasterCount()) <=
           nMostBytes;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *pabyData, size_t nSize)
{
    const FuzzFile oFile("/vsimem/fuzz.jp2", pabyData, nSize);
    const Handle poPlain = OpenPlain(oFile), poAsked = OpenPlain(oFile);
    rt_jp2_source *poSource = nullptr;
    rt_error oError{};

    if (poPlain == nullptr || poPlain->GetRasterCount() == 0 ||
        !IsSmall(poPlain.get()))
        return 0;
    const rt_status eStatus =
        rt_jp2_source_open(GDALDataset::ToHandle(poAsked.get()), oFile.Path(),
                           nullptr, 1, &poSource, &oError);
    FuzzStatus(eStatus, oError);
    for (int i = 0; eStatus == RT_OK && i < 2; i++)
        if (rt_jp2_source_has_level(poSource, i))
            CompareLevel(poSource, poPlain.get(), i);
    rt_jp2_source_close(poSource);
    return 0;
}
