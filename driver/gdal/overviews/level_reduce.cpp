/* level_reduce.cpp - see level_reduce.h. */
#include "gdal/overviews/level_reduce.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "gdal/overviews/lower_dataset.h"
#include "gdal/overviews/reduce_nodata.h"
#include "gdal/overviews/reduce_pick.h"
#include "gdal/overviews/reduce_pieces.h"
#include "io/dataset/gdal_errors.h"
#include "io/tile/bit_pack.h"

static const struct {
    const char *pszName;
    RetileReduce eMethod;
} METHODS[] = {{"NEAREST", RetileReduce::Nearest},
               {"AVERAGE", RetileReduce::Average},
               {"RMS", RetileReduce::Rms},
               {"MODE", RetileReduce::Mode},
               {"GAUSS", RetileReduce::Gauss},
               {"BILINEAR", RetileReduce::Bilinear},
               {"CUBIC", RetileReduce::Cubic},
               {"CUBICSPLINE", RetileReduce::CubicSpline},
               {"LANCZOS", RetileReduce::Lanczos}};

/* For copies only: views do not accept this name. */
static constexpr const char *pszNone = "NONE";

bool RetileReduceMethod(const char *pszName, RetileReduce *peMethod)
{
    for (const auto &oMethod : METHODS)
        if (EQUAL(pszName, oMethod.pszName)) {
            *peMethod = oMethod.eMethod;
            return true;
        }
    return false;
}

const char *RetileReduceName(RetileReduce eMethod)
{
    for (const auto &oMethod : METHODS)
        if (oMethod.eMethod == eMethod)
            return oMethod.pszName;
    return pszNone;
}

RetileReducePlane RetileReducePlaneOf(GDALRasterBand *poBand)
{
    RetileReducePlane oPlane;
    const char *pszBits = poBand->GetMetadataItem("NBITS", "IMAGE_STRUCTURE");
    GDALColorTable *poColors = poBand->GetColorTable();
    int bNoData = FALSE;

    oPlane.eType = poBand->GetRasterDataType();
    oPlane.eInterp = poBand->GetColorInterpretation();
    if (oPlane.eType == GDT_Int64) {
        oPlane.nNoData = poBand->GetNoDataValueAsInt64(&bNoData);
        oPlane.dfNoData = static_cast<double>(oPlane.nNoData);
    } else if (oPlane.eType == GDT_UInt64) {
        oPlane.nNoDataU = poBand->GetNoDataValueAsUInt64(&bNoData);
        oPlane.dfNoData = static_cast<double>(oPlane.nNoDataU);
    } else {
        oPlane.dfNoData = poBand->GetNoDataValue(&bNoData);
    }
    oPlane.bNoData = bNoData != FALSE;
    if (pszBits)
        oPlane.nBits = atoi(pszBits);
    if (poColors)
        oPlane.poColors.reset(poColors->Clone());
    return oPlane;
}

RetileLevelReducer::RetileLevelReducer(const RetileReduceShape &oShape)
    : m_oShape(oShape)
{
}

rt_status
RetileLevelReducer::Create(const RetileReduceShape &oShape,
                           std::unique_ptr<RetileLevelReducer> &poReducer,
                           rt_error *err)
{
    for (const RetileReducePlane &oPlane : oShape.aoPlanes)
        if (GDALDataTypeIsComplex(oPlane.eType) &&
            oShape.eMethod != RetileReduce::Nearest &&
            oShape.eMethod != RetileReduce::None &&
            oShape.eMethod != RetileReduce::Average &&
            oShape.eMethod != RetileReduce::Rms)
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "%s is not for complex numbers: NEAREST, "
                                "AVERAGE and RMS are",
                                RetileReduceName(oShape.eMethod));
    poReducer.reset(new (std::nothrow) RetileLevelReducer(oShape));
    if (!poReducer)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return RT_OK;
}

RetileReduceAxis RetileLevelReducer::Axis(int nPlane, bool bX) const
{
    return {m_oShape.eMethod,
            GDALDataTypeIsComplex(
                m_oShape.aoPlanes[static_cast<size_t>(nPlane)].eType) != 0,
            bX ? m_oShape.nLowerWidth : m_oShape.nLowerHeight,
            bX ? m_oShape.nUpperWidth : m_oShape.nUpperHeight};
}

bool RetileLevelReducer::IsPicked(int nPlane) const
{
    return m_oShape.eMethod == RetileReduce::Nearest ||
           m_oShape.eMethod == RetileReduce::None ||
           GDALDataTypeIsComplex(
               m_oShape.aoPlanes[static_cast<size_t>(nPlane)].eType);
}

static rt_window LooksAt(const RetileReduceAxis &oX, const RetileReduceAxis &oY,
                         const rt_window &oUpper)
{
    const RetileReduceSpan oAcross =
        RetileReduceLooksAt(oX, oUpper.x_px, oUpper.x_px + oUpper.w_px - 1);
    const RetileReduceSpan oDown =
        RetileReduceLooksAt(oY, oUpper.y_px, oUpper.y_px + oUpper.h_px - 1);

    return {oAcross.nBegin, oDown.nBegin, oAcross.nEnd - oAcross.nBegin,
            oDown.nEnd - oDown.nBegin};
}

/* Planes may differ: complex ones depend on other pixels. */
rt_window RetileLevelReducer::Lower(const rt_window &oUpper) const
{
    rt_window oAll = LooksAt(Axis(0, true), Axis(0, false), oUpper);

    for (int i = 1; i < static_cast<int>(m_oShape.aoPlanes.size()); i++) {
        const rt_window oOne = LooksAt(Axis(i, true), Axis(i, false), oUpper);
        const int32_t nRight =
            std::max(oAll.x_px + oAll.w_px, oOne.x_px + oOne.w_px);
        const int32_t nBelow =
            std::max(oAll.y_px + oAll.h_px, oOne.y_px + oOne.h_px);
        oAll.x_px = std::min(oAll.x_px, oOne.x_px);
        oAll.y_px = std::min(oAll.y_px, oOne.y_px);
        oAll.w_px = nRight - oAll.x_px;
        oAll.h_px = nBelow - oAll.y_px;
    }
    return oAll;
}

bool RetileLevelReducer::Needs(int nTo, int nFrom) const
{
    if (nTo == nFrom)
        return true;
    if (IsPicked(nTo) || m_oShape.bAreMasks ||
        m_oShape.eMasks != RetileReduceMasks::None)
        return false;
    return !m_oShape.osNoDataValues.empty() ||
           m_oShape.aoPlanes[static_cast<size_t>(nFrom)].eInterp ==
               GCI_AlphaBand;
}

/* The bytes that GDAL holds for each lower pixel while it reduces a plane: the
 * pixel in the type that it computes in, a second copy to find nodata, and the
 * mask. */
static double LowerBytes(const RetileReduceShape &oShape,
                         const RetileReducePlane &oPlane)
{
    const int nType = GDALGetDataTypeSizeBytes(oPlane.eType);
    const bool bAsIs = nType <= 2 && oShape.eMethod != RetileReduce::Mode &&
                       oShape.eMethod != RetileReduce::Gauss;

    return (bAsIs ? nType : 8) +
           (oPlane.bNoData || !oShape.osNoDataValues.empty()
                ? std::max(nType, 4)
                : 0) +
           2;
}

uint64_t RetileLevelReducer::Bytes(int32_t nWidth, int32_t nHeight) const
{
    constexpr double MOST = RETILE_REDUCE_PIECE_PX;
    const RetileReduceAxis oX = Axis(0, true), oY = Axis(0, false);
    const auto Upper = [](const RetileReduceAxis &oAxis, int32_t nWanted) {
        return std::min<double>(nWanted + 48, MOST / oAxis.Ratio() + 48);
    };
    const auto Lower = [](const RetileReduceAxis &oAxis, double dfUpper) {
        return dfUpper * oAxis.Ratio() + 4 + 2 * RetileReduceHalo(oAxis);
    };
    const double dfWidth = Upper(oX, nWidth), dfHeight = Upper(oY, nHeight);
    const double dfDown = Lower(oY, dfHeight), dfAcross = Lower(oX, dfWidth);
    double dfPixel = 0;

    double dfType = 1, dfWork = 4;
    for (const RetileReducePlane &oPlane : m_oShape.aoPlanes) {
        dfPixel = std::max(dfPixel, LowerBytes(m_oShape, oPlane));
        dfType =
            std::max<double>(dfType, GDALGetDataTypeSizeBytes(oPlane.eType));
        if (dfType > dfWork)
            dfWork = 8;
    }
    /* The lines that are filtered horizontally only, and their mask. Then the
     * result: as it is computed, in its type, and in the piece. */
    return static_cast<uint64_t>(dfDown * dfAcross * dfPixel +
                                 dfDown * dfWidth * (dfWork + 1) +
                                 dfHeight * dfWidth * (dfWork + 2 * dfType)) +
           65536;
}

namespace
{
/* One call of Run. */
struct Job {
    RetileLowerDataset *poLower;
    const RetileLevelReducer::Pixels *psPixels;
    int nPlane;
    RetileReduceAxis oX, oY;
    int nBytes; /* of a pixel */
    bool bMasked;
};
} // namespace

/* Copies the wanted pixels of a computed piece out of pabyFrom. */
static void TakeWanted(const Job &oJob, const RetileReducePiece &oX,
                       const RetileReducePiece &oY, const GByte *pabyFrom)
{
    const rt_window &oUpper = oJob.psPixels->oUpper;
    const size_t nBytes = static_cast<size_t>(oJob.nBytes);
    const size_t nColumns = static_cast<size_t>(oX.nEnd - oX.nFirst);

    for (int32_t y = oY.nWanted; y < oY.nWantedEnd; y++) {
        const rt_window oLine = {oX.nWanted, y, oX.nWantedEnd - oX.nWanted, 1};
        memcpy(static_cast<GByte *>(oJob.psPixels->papUpper[oJob.nPlane]) +
                   rt_window_offset(&oUpper, &oLine) * nBytes,
               pabyFrom + (static_cast<size_t>(y - oY.nFirst) * nColumns +
                           static_cast<size_t>(oX.nWanted - oX.nFirst)) *
                              nBytes,
               static_cast<size_t>(oLine.w_px) * nBytes);
    }
}

static CPLErr ReducePiece(const Job &oJob, const RetileReducePiece &oX,
                          const RetileReducePiece &oY)
{
    const rt_window oWanted = {oX.nWanted, oY.nWanted,
                               oX.nWantedEnd - oX.nWanted,
                               oY.nWantedEnd - oY.nWanted};
    const std::unique_ptr<GByte[]> pabyPiece(
        new GByte[static_cast<size_t>(oX.nEnd - oX.nFirst) *
                  static_cast<size_t>(oY.nEnd - oY.nFirst) *
                  static_cast<size_t>(oJob.nBytes)]);
    const CPLErr eErr = oJob.poLower->Reduce(oJob.nPlane, oX, oY,
                                             LooksAt(oJob.oX, oJob.oY, oWanted),
                                             pabyPiece.get());

    if (eErr == CE_None)
        TakeWanted(oJob, oX, oY, pabyPiece.get());
    return eErr;
}

static CPLErr ReducePlane(const Job &oJob)
{
    const rt_window &oUpper = oJob.psPixels->oUpper;
    const int32_t nRight = oUpper.x_px + oUpper.w_px;
    const int32_t nBelow = oUpper.y_px + oUpper.h_px;
    CPLErr eErr = CE_None;

    for (int32_t y = oUpper.y_px; y < nBelow && eErr == CE_None;) {
        const RetileReducePiece oY = RetileReduceLines(oJob.oY, y, nBelow);
        const bool bCorner = oJob.bMasked && oY.nEnd == oJob.oY.nUpper;
        for (int32_t x = oUpper.x_px; x < nRight && eErr == CE_None;) {
            const RetileReducePiece oX =
                RetileReduceColumns(oJob.oX, x, nRight, bCorner);
            eErr = ReducePiece(oJob, oX, oY);
            x = oX.nWantedEnd;
        }
        y = oY.nWantedEnd;
    }
    return eErr;
}

static void Pick(const Job &oJob, GDALDataType eType)
{
    const RetileLevelReducer::Pixels &oPixels = *oJob.psPixels;
    const RetileReducePick oPick = {oJob.oX,
                                    oJob.oY,
                                    eType,
                                    oPixels.oLower,
                                    oPixels.papLower[oJob.nPlane],
                                    oPixels.oUpper,
                                    oPixels.papUpper[oJob.nPlane]};

    if (oJob.oX.eMethod == RetileReduce::Nearest)
        RetileReducePickNearest(oPick);
    else
        RetileReducePickComplex(oPick);
}

/* Fills in what GDAL reads from pixels that were never written. */
void RetileLevelReducer::LeaveEmpty(int nPlane, const Pixels &oPixels) const
{
    const RetileReducePlane &oPlane =
        m_oShape.aoPlanes[static_cast<size_t>(nPlane)];
    const double dfEmpty = oPlane.bNoData ? oPlane.dfNoData : 0;
    const bool bSigned = oPlane.eType == GDT_Int64 && oPlane.bNoData;
    const bool bUnsigned = oPlane.eType == GDT_UInt64 && oPlane.bNoData;
    const void *pEmpty = bSigned ? static_cast<const void *>(&oPlane.nNoData)
                         : bUnsigned
                             ? static_cast<const void *>(&oPlane.nNoDataU)
                             : &dfEmpty;

    GDALCopyWords64(pEmpty, bSigned || bUnsigned ? oPlane.eType : GDT_Float64,
                    0, oPixels.papUpper[nPlane], oPlane.eType,
                    GDALGetDataTypeSizeBytes(oPlane.eType),
                    static_cast<GPtrDiff_t>(rt_window_area(&oPixels.oUpper)));
}

void RetileLevelReducer::KeepNoData(int nPlane, const Pixels &oPixels) const
{
    const bool bPicked = m_oShape.eMethod == RetileReduce::Nearest;
    const auto *pMask =
        bPicked || m_oShape.eMasks == RetileReduceMasks::None
            ? nullptr
            : oPixels.papMasks[m_oShape.eMasks == RetileReduceMasks::PerBand
                                   ? nPlane
                                   : 0];

    if (!m_oShape.bAreMasks)
        RetileKeepNoData({Axis(nPlane, true), Axis(nPlane, false),
                          m_oShape.aoPlanes[static_cast<size_t>(nPlane)],
                          oPixels.oLower, oPixels.papLower[nPlane],
                          static_cast<const GByte *>(pMask),
                          !bPicked && !m_oShape.osNoDataValues.empty(),
                          oPixels.oUpper, oPixels.papUpper[nPlane]});
}

/* A level is computed from the one below as that is in the file. */
void RetileLevelReducer::RoundToBits(int nPlane, const Pixels &oPixels) const
{
    const RetileReducePlane &oPlane =
        m_oShape.aoPlanes[static_cast<size_t>(nPlane)];

    if (oPlane.eType == GDT_Float32 && oPlane.nBits == 16)
        rt_round_to_halves(
            oPixels.papUpper[nPlane],
            static_cast<size_t>(rt_window_area(&oPixels.oUpper)));
}

rt_status RetileLevelReducer::Run(const Pixels &oPixels, rt_error *err) const
{
    const int nPlanes = static_cast<int>(m_oShape.aoPlanes.size());
    rt_gdal_errors oErrors;
    CPLErr eErr = CE_None;

    rt_gdal_errors_begin(&oErrors);
    try {
        std::unique_ptr<RetileLowerDataset> poLower;
        for (int i = 0; i < nPlanes && eErr == CE_None; i++) {
            if (oPixels.papUpper[i] == nullptr)
                continue;
            const GDALDataType eType =
                m_oShape.aoPlanes[static_cast<size_t>(i)].eType;
            Job oJob = {
                nullptr,       &oPixels,       i,
                Axis(i, true), Axis(i, false), GDALGetDataTypeSizeBytes(eType),
                false};
            if (m_oShape.eMethod == RetileReduce::None) {
                LeaveEmpty(i, oPixels);
                continue;
            }
            if (IsPicked(i)) {
                Pick(oJob, eType);
            } else {
                if (!poLower)
                    poLower.reset(new RetileLowerDataset(m_oShape, oPixels));
                oJob.poLower = poLower.get();
                oJob.bMasked = poLower->HasMasks();
                eErr = ReducePlane(oJob);
            }
            if (eErr == CE_None) {
                KeepNoData(i, oPixels);
                RoundToBits(i, oPixels);
            }
        }
    } catch (...) {
        eErr = CE_Failure;
    }
    rt_gdal_errors_end(&oErrors);
    if (eErr == CE_None)
        return RT_OK;
    return rt_error_set(err, RT_ERR_MEMORY, "a level cannot be computed: %s",
                        rt_gdal_errors_text(&oErrors, "out of memory"));
}
