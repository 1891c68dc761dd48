/* level_source.cpp - see level_source.h.
 *
 * If the source has strips or can only be read forward, the levels have blocks
 * as wide as themselves. Reading then goes through the source from top to
 * bottom, on all levels at once.
 */
#include "gdal/overviews/level_source.h"

#include <algorithm>
#include <climits>
#include <cstring>
#include <new>

#include "core/base/checked.h"
#include "core/base/pages.h"

#include "gdal/base/report.h"

/* A row of blocks below has at least this height. */
constexpr int ROW_MIN = 64;
/* A window is computed in strips, so that each level holds only a small part of
 * the level below: this share of the cache's limit, or a number of bytes within
 * these bounds. But the cache must be able to keep whole rows of blocks at the
 * same time. If it cannot keep this many rows, all pixels that depend on one
 * row are computed at once. */
constexpr uint64_t STRIP_SHARE = 32, ROWS_KEPT = 4;
constexpr uint64_t STRIP_BYTES_MIN = uint64_t{256} << 10;
constexpr uint64_t STRIP_BYTES_MAX = uint64_t{4} << 20;
constexpr int STRIP_LINES_MIN = 16;

/* Pixels of the level below, one plane after the other. */
struct RetileLevelSource::Buffers {
    rt_window oWindow{};
    std::vector<uint64_t> anPixelBytes{};
    std::vector<unsigned char *> apabyPlanes{};
    unsigned char *pabyAll = nullptr;
    uint64_t nBytes = 0;

    Buffers() = default;
    ~Buffers() { rt_pages_free(pabyAll, nBytes); }
    Buffers(const Buffers &) = delete;
    Buffers &operator=(const Buffers &) = delete;

    rt_status Allocate(const rt_window &oWindowIn,
                       const std::vector<uint64_t> &anPixelBytesIn,
                       rt_error *err)
    {
        uint64_t nAllPixels = 0;

        oWindow = oWindowIn;
        anPixelBytes = anPixelBytesIn;
        for (const uint64_t nOne : anPixelBytes)
            nAllPixels += nOne;
        if (!rt_mul_u64(rt_window_area(&oWindow), nAllPixels, &nBytes))
            return rt_error_set(err, RT_ERR_RANGE, "the window is too large");
        pabyAll = static_cast<unsigned char *>(rt_pages_alloc(nBytes));
        if (pabyAll == nullptr)
            return rt_error_set(err, RT_ERR_MEMORY,
                                "out of memory for %llu bytes of pixels",
                                static_cast<unsigned long long>(nBytes));
        unsigned char *pabyPlane = pabyAll;
        for (const uint64_t nOne : anPixelBytes) {
            apabyPlanes.push_back(pabyPlane);
            pabyPlane += rt_window_area(&oWindow) * nOne;
        }
        return RT_OK;
    }

    static void OnPart(void *pContext, const rt_part *psPart)
    {
        const Buffers &oThis = *static_cast<Buffers *>(pContext);

        for (int32_t i = 0; i < psPart->n_planes; i++) {
            const size_t iPlane = static_cast<size_t>(psPart->i_planes[i]);
            const uint64_t nPixel = oThis.anPixelBytes[iPlane];
            const auto *pabyFrom =
                static_cast<const unsigned char *>(psPart->pixels[i]);
            unsigned char *pabyTo =
                oThis.apabyPlanes[iPlane] +
                rt_window_offset(&oThis.oWindow, &psPart->window) * nPixel;
            for (int32_t y = 0; y < psPart->window.h_px; y++) {
                memcpy(pabyTo, pabyFrom,
                       static_cast<size_t>(psPart->window.w_px) * nPixel);
                pabyFrom += static_cast<uint64_t>(psPart->line_px) * nPixel;
                pabyTo += static_cast<uint64_t>(oThis.oWindow.w_px) * nPixel;
            }
        }
    }
};

namespace
{
/* Goes above the cache's limit if there is no room, because a thread that
 * decodes must not wait. */
class Reservation
{
  public:
    Reservation(rt_block_cache *poCache, uint64_t nBytes)
        : m_poCache(poCache), m_nBytes(nBytes)
    {
        if (m_poCache != nullptr)
            (void)rt_block_cache_reserve(m_poCache, m_nBytes,
                                         RT_RESERVE_OVERDRAW);
    }
    ~Reservation()
    {
        if (m_poCache != nullptr)
            rt_block_cache_release(m_poCache, m_nBytes);
    }
    Reservation(const Reservation &) = delete;
    Reservation &operator=(const Reservation &) = delete;

  private:
    rt_block_cache *const m_poCache;
    const uint64_t m_nBytes;
};
} // namespace

RetileLevelSource::RetileLevelSource(const RetileBelow &oBelow,
                                     const RetileReduceShape &oShape)
    : m_oBelow(oBelow), m_oShape(oShape)
{
}

rt_status RetileLevelSource::Create(
    const RetileBelow &oBelow, const RetileReduceShape &oShape, int nBlockXSize,
    int nBlockYSize, std::unique_ptr<RetileLevelSource> &poSource,
    rt_error *err)
{
    poSource.reset(new (std::nothrow) RetileLevelSource(oBelow, oShape));
    if (!poSource)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    return poSource->Init(nBlockXSize, nBlockYSize, err);
}

rt_status RetileLevelSource::Init(int nBlockXSize, int nBlockYSize,
                                  rt_error *err)
{
    RetileReduceShape oMasks = m_oShape;
    rt_status eStatus = RetileLevelReducer::Create(m_oShape, m_poImage, err);

    oMasks.aoPlanes.assign(1, RetileReducePlane());
    oMasks.osNoDataValues.clear();
    oMasks.eMasks = RetileReduceMasks::None;
    oMasks.bAreMasks = true;
    if (eStatus == RT_OK)
        eStatus = RetileLevelReducer::Create(oMasks, m_poMasks, err);
    m_nRowBelow =
        std::max({nBlockYSize, ROW_MIN,
                  m_oBelow.poSource->layers[m_oBelow.nImage].grid.block_h_px});
    for (const RetileReducePlane &oPlane : m_oShape.aoPlanes)
        m_anPixelBytes.push_back(
            static_cast<uint32_t>(GDALGetDataTypeSizeBytes(oPlane.eType)));
    m_anPixelBytes.resize(2 * m_anPixelBytes.size(), 1);
    for (int i = 0; i < 2 && eStatus == RT_OK; i++)
        eStatus = InitLayer(i, nBlockXSize, nBlockYSize, err);
    Connect();
    return eStatus;
}

rt_status RetileLevelSource::InitLayer(int iLayer, int nBlockXSize,
                                       int nBlockYSize, rt_error *err)
{
    const rt_layer &oBelow = m_oBelow.poSource->layers[m_oBelow.nImage];
    const size_t nPlanes = m_oShape.aoPlanes.size();
    const int nWidth = m_oShape.nUpperWidth, nHeight = m_oShape.nUpperHeight;
    const bool bWide = oBelow.access != RT_ACCESS_RANDOM;
    rt_layer &oLayer = m_asLayers[iLayer];

    oLayer.access = bWide ? RT_ACCESS_ROWS : RT_ACCESS_RANDOM;
    oLayer.interleaved = iLayer == 0 && oBelow.interleaved && nPlanes > 1;
    oLayer.n_planes = static_cast<int32_t>(nPlanes);
    oLayer.px_bytes = m_anPixelBytes.data() + (iLayer == 0 ? 0 : nPlanes);
    return rt_grid_init(
        &oLayer.grid, nWidth, nHeight,
        bWide ? nWidth : std::min(rt_grid_computed_px(nBlockXSize), nWidth),
        bWide ? std::clamp(m_nRowBelow / 2, 1, nHeight)
              : std::min(rt_grid_computed_px(nBlockYSize), nHeight),
        err);
}

static const rt_source *BaseOf(void *pContext)
{
    return static_cast<const RetileLevelSource *>(pContext)->Base();
}

static void *Capture(void *pContext)
{
    const rt_source *poBase = BaseOf(pContext);
    return poBase->capture_thread(poBase->context);
}

static void *Enter(void *pContext, void *pThreadContext)
{
    const rt_source *poBase = BaseOf(pContext);
    return poBase->enter_thread(poBase->context, pThreadContext);
}

static void Leave(void *pContext, void *pThreadContext, void *pEntered)
{
    const rt_source *poBase = BaseOf(pContext);
    poBase->leave_thread(poBase->context, pThreadContext, pEntered);
}

static void FreeCaptured(void *pContext, void *pThreadContext)
{
    const rt_source *poBase = BaseOf(pContext);
    poBase->free_thread_context(poBase->context, pThreadContext);
}

void RetileLevelSource::Connect()
{
    m_sCore.n_layers = 2;
    m_sCore.layers = m_asLayers;
    m_sCore.context = this;
    m_sCore.remote = m_oBelow.poBase->remote;
    m_sCore.read = Read;
    if (m_oBelow.poBase->capture_thread == nullptr)
        return;
    m_sCore.capture_thread = Capture;
    m_sCore.enter_thread = Enter;
    m_sCore.leave_thread = Leave;
    m_sCore.free_thread_context = FreeCaptured;
}

rt_status RetileLevelSource::Read(void *pContext, int32_t nLayer,
                                  const int32_t *panPlanes, int32_t nPlanes,
                                  const rt_window *psWindow,
                                  void *const *papPixels, rt_error *err)
{
    const auto &oThis = *static_cast<const RetileLevelSource *>(pContext);

    try {
        return nLayer == 0 ? oThis.ReadImage(panPlanes, nPlanes, *psWindow,
                                             papPixels, err)
                           : oThis.ReadMasks(panPlanes, nPlanes, *psWindow,
                                             papPixels, err);
    } catch (...) {
        return RetileExceptionStatus(err);
    }
}

/* The planes of the level below that the listed planes need. */
std::vector<int32_t> RetileLevelSource::NeededPlanes(const int32_t *panPlanes,
                                                     int32_t nPlanes) const
{
    const int nAll = static_cast<int>(m_oShape.aoPlanes.size());
    std::vector<int32_t> anNeeded;

    for (int nFrom = 0; nFrom < nAll; nFrom++)
        if (std::any_of(panPlanes, panPlanes + nPlanes, [&](int32_t nTo) {
                return m_poImage->Needs(nTo, nFrom);
            }))
            anNeeded.push_back(nFrom);
    return anNeeded;
}

std::vector<int32_t> RetileLevelSource::NeededMasks(const int32_t *panPlanes,
                                                    int32_t nPlanes) const
{
    if (m_oShape.eMethod == RetileReduce::Nearest)
        return {};
    switch (m_oShape.eMasks) {
    case RetileReduceMasks::PerDataset:
        return {0};
    case RetileReduceMasks::PerBand:
        return std::vector<int32_t>(panPlanes, panPlanes + nPlanes);
    default:
        return {};
    }
}

rt_status RetileLevelSource::ReadBelow(int nLayer,
                                       const std::vector<int32_t> &anPlanes,
                                       const rt_window &oWindow,
                                       Buffers &oBuffers, rt_error *err) const
{
    const rt_layer &oLayer = m_oBelow.poSource->layers[nLayer];
    const rt_sink oSink = {Buffers::OnPart, &oBuffers};
    std::vector<uint64_t> anPixelBytes;

    if (anPlanes.empty())
        return RT_OK;
    for (const int32_t nPlane : anPlanes)
        anPixelBytes.push_back(oLayer.px_bytes[nPlane]);
    const rt_status eStatus = oBuffers.Allocate(oWindow, anPixelBytes, err);
    if (eStatus != RT_OK)
        return eStatus;
    return rt_view_read(m_oBelow.poView, nLayer, anPlanes.data(),
                        static_cast<int32_t>(anPlanes.size()), &oWindow, &oSink,
                        err);
}

/* The planes indexed by their number, as the reducer needs them. */
static std::vector<const void *>
ByNumber(size_t nAll, const std::vector<int32_t> &anPlanes,
         const std::vector<unsigned char *> &apabyPlanes)
{
    std::vector<const void *> apAll(nAll, nullptr);

    for (size_t i = 0; i < anPlanes.size(); i++)
        apAll[static_cast<size_t>(anPlanes[i])] = apabyPlanes[i];
    return apAll;
}

/* The number of lines in a strip, if a line below has nLineBytes. */
int RetileLevelSource::StripLines(uint64_t nLineBytes) const
{
    const uint64_t nRatio = static_cast<uint64_t>(
        (m_oShape.nLowerHeight - 1) / m_oShape.nUpperHeight + 1);
    uint64_t nBytes = STRIP_BYTES_MAX;
    rt_cache_counters sCounters = {};

    if (m_oBelow.poCache != nullptr) {
        rt_block_cache_count(m_oBelow.poCache, &sCounters);
        if (sCounters.limit_bytes / ROWS_KEPT <
            nLineBytes * static_cast<unsigned>(m_nRowBelow))
            return INT_MAX;
        nBytes = std::clamp(sCounters.limit_bytes / STRIP_SHARE,
                            STRIP_BYTES_MIN, STRIP_BYTES_MAX);
    }
    return static_cast<int>(std::clamp<uint64_t>(nBytes / (nLineBytes * nRatio),
                                                 STRIP_LINES_MIN, INT_MAX));
}

rt_status RetileLevelSource::ReadImage(const int32_t *panPlanes,
                                       int32_t nPlanes,
                                       const rt_window &oWindow,
                                       void *const *papPixels,
                                       rt_error *err) const
{
    const std::vector<int32_t> anPlanes = NeededPlanes(panPlanes, nPlanes);
    const std::vector<int32_t> anMasks = NeededMasks(panPlanes, nPlanes);
    const rt_window oBelow = m_poImage->Lower(oWindow);
    uint64_t nPixelBytes = anMasks.size();
    rt_status eStatus = RT_OK;

    for (const int32_t nPlane : anPlanes)
        nPixelBytes += m_anPixelBytes[static_cast<size_t>(nPlane)];
    const int nLines =
        StripLines(nPixelBytes * static_cast<unsigned>(oBelow.w_px));
    for (int y = 0; y < oWindow.h_px && eStatus == RT_OK;
         y += std::min(nLines, oWindow.h_px - y)) {
        const rt_window oStrip = {oWindow.x_px, oWindow.y_px + y, oWindow.w_px,
                                  std::min(nLines, oWindow.h_px - y)};
        const uint64_t nOffset = rt_window_offset(&oWindow, &oStrip);
        std::vector<void *> apUpper(m_oShape.aoPlanes.size(), nullptr);
        for (int32_t i = 0; i < nPlanes; i++) {
            const size_t iPlane = static_cast<size_t>(panPlanes[i]);
            apUpper[iPlane] = static_cast<unsigned char *>(papPixels[i]) +
                              nOffset * m_anPixelBytes[iPlane];
        }
        eStatus = ReadStrip(anPlanes, anMasks, oStrip, apUpper.data(), err);
    }
    return eStatus;
}

/* papUpper is indexed by plane; NULL if the plane is not wanted. */
rt_status RetileLevelSource::ReadStrip(const std::vector<int32_t> &anPlanes,
                                       const std::vector<int32_t> &anMasks,
                                       const rt_window &oStrip,
                                       void *const *papUpper,
                                       rt_error *err) const
{
    const size_t nAll = m_oShape.aoPlanes.size();
    const rt_window oBelow = m_poImage->Lower(oStrip);
    uint64_t nPixelBytes = anMasks.size();
    for (const int32_t nPlane : anPlanes)
        nPixelBytes += m_anPixelBytes[static_cast<size_t>(nPlane)];
    const Reservation oReservation(
        m_oBelow.poCache, rt_window_area(&oBelow) * nPixelBytes +
                              m_poImage->Bytes(oStrip.w_px, oStrip.h_px));
    Buffers oImage, oMasks;

    rt_status eStatus =
        ReadBelow(m_oBelow.nImage, anPlanes, oBelow, oImage, err);
    if (eStatus == RT_OK)
        eStatus = ReadBelow(m_oBelow.nImage + 1, anMasks, oBelow, oMasks, err);
    if (eStatus != RT_OK)
        return eStatus;
    const auto apLower = ByNumber(nAll, anPlanes, oImage.apabyPlanes);
    const auto apMasks = ByNumber(nAll, anMasks, oMasks.apabyPlanes);
    return m_poImage->Run(
        {oBelow, apLower.data(), apMasks.data(), oStrip, papUpper}, err);
}

rt_status RetileLevelSource::ReadMasks(const int32_t *panPlanes,
                                       int32_t nPlanes,
                                       const rt_window &oWindow,
                                       void *const *papPixels,
                                       rt_error *err) const
{
    const rt_window oBelow = m_poMasks->Lower(oWindow);
    rt_status eStatus = RT_OK;

    for (int32_t i = 0; i < nPlanes && eStatus == RT_OK; i++) {
        const Reservation oReservation(
            m_oBelow.poCache, rt_window_area(&oBelow) +
                                  m_poMasks->Bytes(oWindow.w_px, oWindow.h_px));
        Buffers oMask;
        eStatus =
            ReadBelow(m_oBelow.nImage + 1, {panPlanes[i]}, oBelow, oMask, err);
        if (eStatus != RT_OK)
            break;
        const void *pLower = oMask.pabyAll;
        void *pUpper = papPixels[i];
        eStatus =
            m_poMasks->Run({oBelow, &pLower, nullptr, oWindow, &pUpper}, err);
    }
    return eStatus;
}
