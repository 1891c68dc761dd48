/* reduce_pick.cpp - see reduce_pick.h. */
#include "gdal/overviews/reduce_pick.h"

#include <cmath>
#include <memory>
#include <vector>

/* Whether this GDAL's overviews keep numbers that float cannot hold. Older
 * versions convert all types except bytes and 16 bits to float. */
static bool ProbeKeepsDoubles()
{
    const double adfWide[2] = {1 + 1e-12, 1 + 1e-12};
    double dfGot = 0;
    GDALDriver *poMem = GetGDALDriverManager()->GetDriverByName("MEM");

    if (poMem == nullptr)
        return false;
    GDALDatasetUniquePtr poLower(
        poMem->Create("", 2, 1, 1, GDT_Float64, nullptr));
    GDALDatasetUniquePtr poUpper(
        poMem->Create("", 1, 1, 1, GDT_Float64, nullptr));
    if (!poLower || !poUpper)
        return false;
    GDALRasterBand *poTo = poUpper->GetRasterBand(1);
    GDALRasterBandH hTo = GDALRasterBand::ToHandle(poTo);
    return poLower->GetRasterBand(1)->RasterIO(
               GF_Write, 0, 0, 2, 1, const_cast<double *>(adfWide), 2, 1,
               GDT_Float64, 0, 0, nullptr) == CE_None &&
           GDALRegenerateOverviews(
               GDALRasterBand::ToHandle(poLower->GetRasterBand(1)), 1, &hTo,
               "NEAREST", GDALDummyProgress, nullptr) == CE_None &&
           poTo->RasterIO(GF_Read, 0, 0, 1, 1, &dfGot, 1, 1, GDT_Float64, 0, 0,
                          nullptr) == CE_None &&
           dfGot == adfWide[0];
}

/* The type in which GDAL computes, or eType if it does not convert. */
static GDALDataType NearestType(GDALDataType eType)
{
    static const bool bKeepsDoubles = ProbeKeepsDoubles();

    if (bKeepsDoubles || GDALGetDataTypeSizeBytes(eType) <= 2 ||
        eType == GDT_Float32 || eType == GDT_CFloat32 || eType == GDT_CInt16)
        return eType;
    return GDALDataTypeIsComplex(eType) ? GDT_CFloat32 : GDT_Float32;
}

static const GByte *LowerLine(const RetileReducePick &oPick, int32_t nLine)
{
    return static_cast<const GByte *>(oPick.pLower) +
           static_cast<size_t>(nLine - oPick.oLower.y_px) *
               static_cast<size_t>(oPick.oLower.w_px) *
               static_cast<size_t>(GDALGetDataTypeSizeBytes(oPick.eType));
}

static GByte *UpperLine(const RetileReducePick &oPick, int32_t y)
{
    return static_cast<GByte *>(oPick.pUpper) +
           static_cast<size_t>(y) * static_cast<size_t>(oPick.oUpper.w_px) *
               static_cast<size_t>(GDALGetDataTypeSizeBytes(oPick.eType));
}

/* The byte offsets in a lower line from which the pixels of an upper line are
 * taken. */
static std::vector<size_t> Columns(const RetileReducePick &oPick)
{
    const int nBytes = GDALGetDataTypeSizeBytes(oPick.eType);
    std::vector<size_t> anAt;

    for (int32_t x = 0; x < oPick.oUpper.w_px; x++) {
        const int32_t nPixel = oPick.oUpper.x_px + x;
        const int32_t nFrom =
            RetileReduceLooksAt(oPick.oX, nPixel, nPixel).nBegin;
        anAt.push_back(static_cast<size_t>(nFrom - oPick.oLower.x_px) *
                       static_cast<size_t>(nBytes));
    }
    return anAt;
}

template <size_t nBytes>
static void PickLine(const GByte *pabyFrom, const std::vector<size_t> &anAt,
                     GByte *pabyTo)
{
    for (const size_t nAt : anAt) {
        memcpy(pabyTo, pabyFrom + nAt, nBytes);
        pabyTo += nBytes;
    }
}

static void PickLineOf(int nBytes, const GByte *pabyFrom,
                       const std::vector<size_t> &anAt, GByte *pabyTo)
{
    switch (nBytes) {
    case 1:
        return PickLine<1>(pabyFrom, anAt, pabyTo);
    case 2:
        return PickLine<2>(pabyFrom, anAt, pabyTo);
    case 4:
        return PickLine<4>(pabyFrom, anAt, pabyTo);
    case 8:
        return PickLine<8>(pabyFrom, anAt, pabyTo);
    default:
        return PickLine<16>(pabyFrom, anAt, pabyTo);
    }
}

void RetileReducePickNearest(const RetileReducePick &oPick)
{
    const int nBytes = GDALGetDataTypeSizeBytes(oPick.eType);
    const GDALDataType eThrough = NearestType(oPick.eType);
    const int nThrough = GDALGetDataTypeSizeBytes(eThrough);
    const std::vector<size_t> anAt = Columns(oPick);
    std::vector<GByte> abyThrough(
        eThrough == oPick.eType ? 0
                                : static_cast<size_t>(nThrough) * anAt.size());

    for (int32_t y = 0; y < oPick.oUpper.h_px; y++) {
        const int32_t nLine = oPick.oUpper.y_px + y;
        GByte *pabyTo = UpperLine(oPick, y);
        PickLineOf(
            nBytes,
            LowerLine(oPick,
                      RetileReduceLooksAt(oPick.oY, nLine, nLine).nBegin),
            anAt, pabyTo);
        if (abyThrough.empty())
            continue;
        GDALCopyWords(pabyTo, oPick.eType, nBytes, abyThrough.data(), eThrough,
                      nThrough, oPick.oUpper.w_px);
        GDALCopyWords(abyThrough.data(), eThrough, nThrough, pabyTo,
                      oPick.eType, nBytes, oPick.oUpper.w_px);
    }
}

/* Computes one pixel from the pixels of the spans. pafLower has the pixels of
 * oLower as complex floats, as GDAL computes with them. */
static void ComplexPixel(const RetileReducePick &oPick, const float *pafLower,
                         const RetileReduceSpan &oX, const RetileReduceSpan &oY,
                         float *pafTo)
{
    const bool bSquares = oPick.oX.eMethod == RetileReduce::Rms;
    double adfTotal[2] = {0, 0};
    const double dfCount =
        static_cast<double>(oX.nEnd - oX.nBegin) * (oY.nEnd - oY.nBegin);

    for (int32_t y = oY.nBegin; y < oY.nEnd; y++)
        for (int32_t x = oX.nBegin; x < oX.nEnd; x++)
            for (size_t i = 0; i < 2; i++) {
                const double dfPart =
                    pafLower[2 * (static_cast<size_t>(y - oY.nBegin) *
                                      static_cast<size_t>(oPick.oLower.w_px) +
                                  static_cast<size_t>(x - oPick.oLower.x_px)) +
                             i];
                adfTotal[i] += bSquares ? dfPart * dfPart : dfPart;
            }
    for (size_t i = 0; i < 2; i++) {
        const double dfMean = adfTotal[i] / dfCount;
        pafTo[i] = static_cast<float>(bSquares ? std::sqrt(dfMean) : dfMean);
    }
}

void RetileReducePickComplex(const RetileReducePick &oPick)
{
    const int nBytes = GDALGetDataTypeSizeBytes(oPick.eType);
    const size_t nWidth = static_cast<size_t>(oPick.oLower.w_px);
    std::vector<float> afLower;
    std::vector<float> afUpper(2 * static_cast<size_t>(oPick.oUpper.w_px));

    for (int32_t y = 0; y < oPick.oUpper.h_px; y++) {
        const int32_t nLine = oPick.oUpper.y_px + y;
        const RetileReduceSpan oY = RetileReduceLooksAt(oPick.oY, nLine, nLine);
        const size_t nLines = static_cast<size_t>(oY.nEnd - oY.nBegin);
        afLower.resize(2 * nWidth * nLines);
        GDALCopyWords64(LowerLine(oPick, oY.nBegin), oPick.eType, nBytes,
                        afLower.data(), GDT_CFloat32, 8,
                        static_cast<GPtrDiff_t>(nWidth * nLines));
        for (int32_t x = 0; x < oPick.oUpper.w_px; x++) {
            const int32_t nPixel = oPick.oUpper.x_px + x;
            ComplexPixel(oPick, afLower.data(),
                         RetileReduceLooksAt(oPick.oX, nPixel, nPixel), oY,
                         afUpper.data() + 2 * static_cast<size_t>(x));
        }
        GDALCopyWords(afUpper.data(), GDT_CFloat32, 8, UpperLine(oPick, y),
                      oPick.eType, nBytes, oPick.oUpper.w_px);
    }
}
