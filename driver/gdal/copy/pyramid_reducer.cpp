/* pyramid_reducer.cpp - see pyramid_reducer.h.
 *
 * The engine separates the planes before a call, as GDAL's functions need them,
 * and interleaves them again afterwards.
 */
#include "gdal/copy/pyramid_reducer.h"

#include <algorithm>
#include <new>

#include "gdal/base/report.h"

namespace
{

void SetNonzero(GByte *pabyPixels, size_t nPixels, GByte byValue)
{
    for (size_t i = 0; i < nPixels; i++)
        pabyPixels[i] = pabyPixels[i] != 0 ? byValue : 0;
}

} // namespace

RetilePyramidReducer::RetilePyramidReducer(const RetilePyramidShape &oShape)
    : m_oShape(oShape)
{
    m_oCore.context = this;
    m_oCore.reduce = OnReduce;
}

/* A level and its mask read the same window. */
void RetilePyramidReducer::Measure(size_t nLevel)
{
    const auto &oBelow = m_oShape.anSizes[nLevel - 1];
    const auto &oSize = m_oShape.anSizes[nLevel];
    const bool bComplex =
        !m_oShape.aoPlanes.empty() &&
        GDALDataTypeIsComplex(m_oShape.aoPlanes[0].eType) != 0;
    const RetileReduceAxis oX = {m_oShape.eMethod, bComplex, oBelow.first,
                                 oSize.first};
    const RetileReduceAxis oY = {m_oShape.eMethod, bComplex, oBelow.second,
                                 oSize.second};
    /* If there is only one tile, all of it is read. */
    const int32_t nReach = std::max(
        oBelow.first > m_oShape.nTileWidth ? RetileReduceReach(oX) : 0,
        oBelow.second > m_oShape.nTileHeight ? RetileReduceReach(oY) : 0);
    const int32_t nWidth = std::min(
        oSize.first,
        static_cast<int32_t>((m_oShape.nTileWidth + 4 * nReach) / oX.Ratio()) +
            2);
    const int32_t nHeight = std::min(
        oSize.second,
        static_cast<int32_t>((m_oShape.nTileHeight + 4 * nReach) / oY.Ratio()) +
            2);
    const uint64_t nBytes = m_apoPlanes.back()->Bytes(nWidth, nHeight);

    m_nReach = std::max(m_nReach, nReach);
    m_nWorkBytes = std::max(m_nWorkBytes, nBytes);
}

rt_status RetilePyramidReducer::AddLevel(size_t nLevel, rt_error *err)
{
    std::unique_ptr<RetileLevelReducer> poPlanes, poMask;
    RetileReduceShape oShape;

    oShape.eMethod = m_oShape.eMethod;
    oShape.nLowerWidth = m_oShape.anSizes[nLevel - 1].first;
    oShape.nLowerHeight = m_oShape.anSizes[nLevel - 1].second;
    oShape.nUpperWidth = m_oShape.anSizes[nLevel].first;
    oShape.nUpperHeight = m_oShape.anSizes[nLevel].second;
    oShape.aoPlanes = m_oShape.aoPlanes;
    oShape.osNoDataValues = m_oShape.osNoDataValues;
    const bool bLowerIsMask =
        nLevel == 1 ? m_oShape.bBeginAsMasks : m_oShape.bStayMasks;
    oShape.bAreMasks = m_oShape.bAreMasks && bLowerIsMask;
    oShape.eMasks = m_oShape.layout.mask ? RetileReduceMasks::PerDataset
                                         : RetileReduceMasks::None;
    rt_status eStatus = RetileLevelReducer::Create(oShape, poPlanes, err);
    if (eStatus == RT_OK && m_oShape.layout.mask) {
        oShape.aoPlanes.assign(1, RetileReducePlane());
        oShape.osNoDataValues.clear();
        oShape.eMasks = RetileReduceMasks::None;
        oShape.bAreMasks = bLowerIsMask;
        eStatus = RetileLevelReducer::Create(oShape, poMask, err);
    }
    if (eStatus != RT_OK)
        return eStatus;
    m_apoPlanes.push_back(std::move(poPlanes));
    m_apoMasks.push_back(std::move(poMask));
    Measure(nLevel);
    return RT_OK;
}

rt_status
RetilePyramidReducer::Create(const RetilePyramidShape &oShape,
                             std::unique_ptr<RetilePyramidReducer> &poReducer,
                             rt_error *err)
{
    rt_status eStatus = RT_OK;

    poReducer.reset(new RetilePyramidReducer(oShape));
    for (size_t i = 1; eStatus == RT_OK && i < oShape.anSizes.size(); i++)
        eStatus = poReducer->AddLevel(i, err);
    return eStatus;
}

/* GDAL's COG driver computes a mask's overviews from a file that it usually
 * does not know to be a mask. If the source's mask has one bit for each pixel,
 * that file has 0 and 1. If the mask has bytes, the file has the values that
 * resampling made; tiles of flags are encoded from them too. */
rt_status RetilePyramidReducer::RunMask(size_t nLevel, const rt_window &oLooked,
                                        GByte *pabyLower,
                                        const rt_window &oOutput, void *pOut,
                                        rt_error *err) const
{
    const void *const pLower = pabyLower;
    const auto &apoReducers = m_oShape.bAreMasks ? m_apoPlanes : m_apoMasks;

    if (nLevel > 1 && m_oShape.bMaskBits)
        SetNonzero(pabyLower, static_cast<size_t>(rt_window_area(&oLooked)), 1);
    const rt_status eStatus = apoReducers[nLevel - 1]->Run(
        {oLooked, &pLower, nullptr, oOutput, &pOut}, err);
    if (m_oShape.bMaskBits)
        SetNonzero(static_cast<GByte *>(pOut),
                   static_cast<size_t>(rt_window_area(&oOutput)), 255);
    return eStatus;
}

rt_status RetilePyramidReducer::Run(size_t nLevel, const rt_window &oLooked,
                                    GByte *pabyBelow, const rt_window &oOutput,
                                    GByte *pabyOut, rt_error *err) const
{
    const rt_copy_layout &oLayout = m_oShape.layout;
    const auto nPlanes = static_cast<size_t>(oLayout.n_planes);
    const size_t nLowerBytes =
        static_cast<size_t>(rt_window_area(&oLooked)) * oLayout.sample_bytes;
    const size_t nUpperBytes =
        static_cast<size_t>(rt_window_area(&oOutput)) * oLayout.sample_bytes;
    GByte *const pabyMask = pabyBelow + nPlanes * nLowerBytes;
    const void *const pWeights = pabyMask;
    std::vector<const void *> apLower;
    std::vector<void *> apUpper;

    if (m_oShape.bAreMasks)
        return RunMask(nLevel, oLooked, pabyBelow, oOutput, pabyOut, err);
    for (size_t i = 0; i < nPlanes; i++) {
        apLower.push_back(pabyBelow + i * nLowerBytes);
        apUpper.push_back(pabyOut + i * nUpperBytes);
    }
    const rt_status eStatus = m_apoPlanes[nLevel - 1]->Run(
        {oLooked, apLower.data(), oLayout.mask ? &pWeights : nullptr, oOutput,
         apUpper.data()},
        err);
    if (eStatus != RT_OK || !oLayout.mask)
        return eStatus;
    return RunMask(nLevel, oLooked, pabyMask, oOutput,
                   pabyOut + nPlanes * nUpperBytes, err);
}

rt_status RetilePyramidReducer::OnReduce(void *pContext, int32_t nLevel,
                                         const rt_window *psLooked,
                                         void *pBelow,
                                         const rt_window *psOutput, void *pOut,
                                         rt_error *err)
{
    try {
        return static_cast<const RetilePyramidReducer *>(pContext)->Run(
            static_cast<size_t>(nLevel), *psLooked,
            static_cast<GByte *>(pBelow), *psOutput, static_cast<GByte *>(pOut),
            err);
    } catch (...) {
        return RetileExceptionStatus(err);
    }
}
