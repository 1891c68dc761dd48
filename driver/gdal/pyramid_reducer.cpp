/* pyramid_reducer.cpp - see pyramid_reducer.h.
 *
 * GDAL's functions want plane by plane, and tiles may have pixels interleaved:
 * these are taken apart before, and put together again afterwards.
 */
#include "gdal/pyramid_reducer.h"

#include <algorithm>
#include <new>

namespace
{

/* Plane after plane, and then the mask. */
rt_copy_layout Apart(const rt_copy_layout &oLayout)
{
    return {oLayout.n_planes, oLayout.sample_bytes, false, oLayout.interleaved,
            oLayout.mask};
}

/* From that to tiles. */
rt_copy_layout Together(const rt_copy_layout &oLayout)
{
    return {oLayout.n_planes, oLayout.sample_bytes, oLayout.interleaved, false,
            oLayout.mask};
}

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

uint64_t RetilePyramidReducer::PixelBytes() const
{
    return static_cast<uint64_t>(m_oShape.layout.n_planes) *
               m_oShape.layout.sample_bytes +
           (m_oShape.layout.mask ? 1 : 0);
}

/* What is looked at, taken apart. */
uint64_t RetilePyramidReducer::WorkPxBytes() const
{
    return PixelBytes();
}

/* A level and its mask are looked at together. */
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
    /* Where there is one tile only, all of it is looked at. */
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
    const uint64_t nBytes = m_apoPlanes.back()->Bytes(nWidth, nHeight) +
                            static_cast<uint64_t>(nWidth) *
                                static_cast<uint64_t>(nHeight) * PixelBytes();

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
    const bool bLowerIsMask = nLevel == 1 || m_oShape.bStayMasks;
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

/* GDAL's COG driver reduces the overviews of a mask out of a file that it
 * mostly does not know to be a mask. It has 0 and 1 where the source's mask has
 * one bit a pixel; of bytes it has the values that resampling made, which tiles
 * of flags are encoded from as well. */
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

rt_status RetilePyramidReducer::Run(size_t nLevel, const rt_window &oFrame,
                                    const rt_window &oLooked,
                                    const void *pBelow,
                                    const rt_window &oOutput, void *pOut,
                                    rt_error *err) const
{
    const rt_copy_layout &oLayout = m_oShape.layout;
    const rt_copy_layout oApart = Apart(oLayout), oTogether = Together(oLayout);
    const auto nPlanes = static_cast<size_t>(oLayout.n_planes);
    const size_t nLowerPx = static_cast<size_t>(rt_window_area(&oLooked));
    const size_t nUpperPx = static_cast<size_t>(rt_window_area(&oOutput));
    const size_t nBytes = oLayout.sample_bytes;
    const std::unique_ptr<GByte[]> pabyLower(
        new GByte[nLowerPx * static_cast<size_t>(PixelBytes())]);
    const std::unique_ptr<GByte[]> pabyUpper(
        new GByte[nUpperPx * static_cast<size_t>(PixelBytes())]);
    std::vector<const void *> apLower;
    std::vector<void *> apUpper;
    GByte *const pLowerMask = pabyLower.get() + nPlanes * nLowerPx * nBytes;
    GByte *const pUpperMask = pabyUpper.get() + nPlanes * nUpperPx * nBytes;

    rt_copy_pixels_scatter(&oApart, &oLooked, &oFrame, pBelow, &oLooked,
                           pabyLower.get());
    for (size_t i = 0; i < nPlanes; i++) {
        apLower.push_back(pabyLower.get() + i * nLowerPx * nBytes);
        apUpper.push_back(pabyUpper.get() + i * nUpperPx * nBytes);
    }
    const void *const pWeights = pLowerMask;
    if (m_oShape.bAreMasks)
        return RunMask(nLevel, oLooked, pabyLower.get(), oOutput, pOut, err);
    rt_status eStatus = m_apoPlanes[nLevel - 1]->Run(
        {oLooked, apLower.data(), oLayout.mask ? &pWeights : nullptr, oOutput,
         apUpper.data()},
        err);
    if (eStatus == RT_OK && oLayout.mask)
        eStatus =
            RunMask(nLevel, oLooked, pLowerMask, oOutput, pUpperMask, err);
    if (eStatus == RT_OK)
        rt_copy_pixels_scatter(&oTogether, &oOutput, &oOutput, pabyUpper.get(),
                               &oOutput, pOut);
    return eStatus;
}

rt_status RetilePyramidReducer::OnReduce(
    void *pContext, int32_t /* nWorker */, int32_t nLevel,
    const rt_window *psFrame, const rt_window *psLooked, const void *pBelow,
    const rt_window *psOutput, void *pOut, rt_error *err)
{
    try {
        return static_cast<const RetilePyramidReducer *>(pContext)->Run(
            static_cast<size_t>(nLevel), *psFrame, *psLooked, pBelow, *psOutput,
            pOut, err);
    } catch (const std::bad_alloc &) {
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    }
}
