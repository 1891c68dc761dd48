/* shared_view.cpp - see shared_view.h. */
#include "gdal/view/shared_view.h"

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "cpl_conv.h"
#include "gdal/base/resources.h"
#include "gdal/base/shared_cache.h"
#include "gdal/view/chip_view.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_versions.h"
#include "io/mosaic/mosaic_reader.h"
#include "io/vrt/files.h"

std::shared_ptr<RetileSharedView>
RetileSharedView::Open(const RetileDescriptor &oDescriptor,
                       const RetileOptions &oOptions, rt_error *err,
                       rt_block_cache *poCache)
{
    std::shared_ptr<RetileSharedView> poView(new RetileSharedView());

    poView->m_poCache = poCache;
    poView->m_bBorrowedCache = poCache != nullptr;
    if (poView->Init(oDescriptor, oOptions, err) != RT_OK)
        return nullptr;
    return poView;
}

RetileSharedView::~RetileSharedView()
{
    m_poLevels.reset();
    rt_view_destroy(m_poView);
    rt_focal_source_close(m_poFocal);
    rt_gdal_source_close(m_poSource);
    rt_identity_unref(m_poIdentity);
    rt_stats_destroy(m_poStats);
    if (m_bOwnCache)
        rt_block_cache_destroy(m_poCache);
}

rt_status RetileSharedView::Init(const RetileDescriptor &oDescriptor,
                                 const RetileOptions &oOptions, rt_error *err)
{
    m_oDescriptor = oDescriptor;
    m_oOptions = oOptions;
    rt_status eStatus = RT_OK;
    if (m_oOptions.nThreads == 0)
        eStatus = RetileParseThreads(nullptr, m_oOptions.nThreads, err);
    if (eStatus == RT_OK)
        eStatus = OpenSource(err);
    if (eStatus == RT_OK)
        eStatus = InitOverviews(err);
    if (eStatus == RT_OK)
        eStatus = InitLevels(err);
    if (eStatus == RT_OK && m_oOptions.nOverlap > 0)
        eStatus = InitChips(err);
    if (eStatus == RT_OK)
        eStatus = InitPads(err);
    if (eStatus == RT_OK)
        eStatus = InitCache(err);
    if (eStatus == RT_OK)
        eStatus = InitView(err);
    return eStatus;
}

void RetileSharedView::LookAtSource()
{
    WithInput([this](GDALDataset *poDataset) {
        const rt_vrt_nature oNature =
            rt_vrt_nature_of(GDALDataset::ToHandle(poDataset),
                             m_oDescriptor.aosSourceOptions.List());

        m_oNature = oNature;
        m_bAsksSource = oNature.by_window || oNature.by_thread;
        m_bSourceResamples = oNature.resamples;
        if (oNature.by_window && !m_oOptions.osFocal.empty())
            rt_gdal_source_read_by_lines(m_poSource);
        m_bWraps = rt_gdal_wraps(GDALDataset::ToHandle(poDataset));
        return CE_None;
    });
}

rt_status RetileSharedView::OpenSource(rt_error *err)
{
    uint64_t nBytes = 0;
    rt_status eStatus = rt_gdal_source_open(
        m_oDescriptor.osSource.c_str(), m_oDescriptor.aosSourceOptions.List(),
        &m_poSource, err);

    if (eStatus == RT_OK)
        eStatus = RetileCacheMax(nBytes, err);
    if (m_oOptions.eCache == RetileCacheMode::Private &&
        m_oOptions.oGiven.count("CACHE_MAX") != 0)
        nBytes = m_oOptions.nCacheMax;
    if (m_poCache != nullptr)
        nBytes = rt_block_cache_limit(m_poCache);
    if (eStatus == RT_OK)
        LookAtSource();
    if (eStatus == RT_OK)
        eStatus = rt_gdal_source_decode_by(m_poSource, m_oOptions.eDecoder,
                                           m_oOptions.nThreads, nBytes, err);
    if (eStatus != RT_OK || m_oOptions.osFocal.empty())
        return eStatus;
    return rt_focal_source_open(m_poSource, m_oOptions.osFocal.c_str(),
                                m_oOptions.nBlockXSize, m_oOptions.nBlockYSize,
                                &m_poFocal, err);
}

std::string RetileSharedView::SourceIdentity() const
{
    char *pszSource = WithInput([&](GDALDataset *poDataset) {
        return rt_vrt_identity(GDALDataset::ToHandle(poDataset),
                               m_oDescriptor.osSource.c_str(),
                               m_oDescriptor.aosSourceOptions.List(),
                               rt_gdal_source_settings(m_poSource), false);
    });
    const std::string osSource = pszSource;

    CPLFree(pszSource);
    return osSource + rt_gdal_source_decoder(m_poSource) + ' ';
}

/* The grid of cached blocks is part of their identity. Padding is not: it is
 * added when pixels are delivered. */
static std::string GridText(int nBlockXSize, int nBlockYSize)
{
    return CPLSPrintf("grid %d %d", nBlockXSize, nBlockYSize);
}

/* The blocks of the source are those that a view without FOCAL would cache. */
rt_status RetileSharedView::StartFocal(const std::string &osSource,
                                       rt_error *err)
{
    int32_t nBlockXSize = 0, nBlockYSize = 0;

    rt_focal_source_grid(m_poFocal, &nBlockXSize, &nBlockYSize);
    return rt_focal_source_start(
        m_poFocal, m_poCache,
        (osSource + GridText(nBlockXSize, nBlockYSize)).c_str(), ReadThreads(),
        m_oOptions.eSpill, err);
}

rt_status RetileSharedView::InitView(rt_error *err)
{
    std::string osIdentity = SourceIdentity();
    rt_status eStatus = RT_OK;

    if (m_poCache != nullptr)
        eStatus = rt_gdal_source_keep_bytes(m_poSource, m_poCache,
                                            (osIdentity + "encoded").c_str(),
                                            m_oOptions.eSpill, err);
    if (eStatus == RT_OK && IsFocal()) {
        eStatus = StartFocal(osIdentity, err);
        osIdentity += "focal ";
        osIdentity += rt_focal_source_identity(m_poFocal);
    }
    RetileLevelsBase oBase = LevelsBase();
    oBase.osIdentity = osIdentity;
    osIdentity += oBase.osGrid;
    m_poIdentity = rt_identity_intern(osIdentity.c_str());
    m_poStats = rt_stats_create();
    if (eStatus == RT_OK && (m_poIdentity == nullptr || m_poStats == nullptr))
        eStatus = rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    if (eStatus == RT_OK)
        eStatus = rt_view_create(Core(), m_poCache, m_poIdentity, m_poStats,
                                 m_oOptions.nBlockXSize, m_oOptions.nBlockYSize,
                                 &m_poView, err);
    if (eStatus != RT_OK)
        return eStatus;
    rt_view_set_threads(m_poView, ReadThreads());
    rt_view_set_spill(m_poView, m_oOptions.eSpill);
    return m_poLevels ? m_poLevels->Start(oBase, m_poView, err) : RT_OK;
}

/* nBytes: the limit of the cache. With less than 4 MB there is no room for what
 * lies beside a window in the files of a mosaic. */
rt_status RetileSharedView::UseCache(uint64_t nBytes, rt_error *err)
{
    constexpr uint64_t LEAST_FOR_FILES = 4 << 20;

    rt_gdal_source_set_memory(m_poSource, m_poCache, nBytes);
    if (!m_bWraps || m_oOptions.eDecoder == RT_DECODER_GDAL ||
        nBytes < LEAST_FOR_FILES)
        return RT_OK;
    return rt_mosaic_reader_install(m_poSource, m_poCache, ReadThreads(),
                                    m_oOptions.eSpill, &m_oNature, err);
}

rt_status RetileSharedView::InitCache(rt_error *err)
{
    uint64_t nBytes = 0;
    RetileSpillPlace oPlace;
    rt_status eStatus = RetileCacheMax(nBytes, err);

    if (eStatus == RT_OK)
        eStatus = RetileFindSpillPlace(oPlace, err);
    if (eStatus != RT_OK)
        return eStatus;
    if (m_poCache != nullptr)
        return UseCache(rt_block_cache_limit(m_poCache), err);
    if (m_oOptions.eCache == RetileCacheMode::None)
        return RT_OK;
    if (m_oOptions.eCache == RetileCacheMode::Private) {
        m_bOwnCache = true;
        if (m_oOptions.oGiven.count("CACHE_MAX") == 0)
            m_oOptions.nCacheMax = nBytes;
        m_poCache = RetileCreateCache(m_oOptions.nCacheMax, oPlace, err);
    } else {
        m_poCache = RetileSharedCache(nBytes, oPlace, err);
    }
    if (m_poCache == nullptr)
        return err->status;
    return UseCache(m_bOwnCache ? m_oOptions.nCacheMax : nBytes, err);
}

/* Everything except the identity, which is known only after the source's is. */
RetileLevelsBase RetileSharedView::LevelsBase() const
{
    RetileLevelsBase oBase = {
        Core(),
        {},
        m_poCache,
        {},
        GridText(m_oOptions.nBlockXSize, m_oOptions.nBlockYSize),
        m_oOptions.nBlockXSize,
        m_oOptions.nBlockYSize,
        m_oOptions.nThreads,
        m_oOptions.eSpill};

    for (int iBand = 0; iBand < Bands(); iBand++)
        oBase.apsBands.push_back(Band(0, iBand));
    return oBase;
}

/* Resolves AUTO: the source's overviews if it has any, else virtual levels.
 * There are no virtual levels without a cache, since each would be computed
 * from the source for every request. */
rt_status RetileSharedView::InitOverviews(rt_error *err)
{
    rt_status eStatus = RT_OK;
    if (m_oOptions.oGiven.count("OVERVIEWS") == 0)
        eStatus = RetileSetOverviewOption(m_oOptions.oOverviews, "OVERVIEWS",
                                          nullptr, err);
    if (eStatus != RT_OK)
        return eStatus;
    const bool bHasSome = !IsFocal() && rt_gdal_source_levels(m_poSource) > 1;
    const bool bNoCache = m_oOptions.eCache == RetileCacheMode::None;
    const RetileOverviews eAsked = m_oOptions.oOverviews.eOverviews;

    m_eOverviews = eAsked;
    if (eAsked == RetileOverviews::Auto)
        m_eOverviews = bHasSome || bNoCache ? RetileOverviews::Source
                                            : RetileOverviews::Virtual;
    if (m_oOptions.nOverlap > 0)
        m_eOverviews = RetileOverviews::None;
    if (bNoCache && m_oOptions.oGiven.count("OVERVIEWS") == 0 &&
        m_eOverviews == RetileOverviews::Virtual)
        m_eOverviews = RetileOverviews::Source;
    if (m_eOverviews != RetileOverviews::Virtual)
        return RT_OK;
    if (bNoCache)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "OVERVIEWS=VIRTUAL needs a cache, and CACHE is "
                            "NONE: write CACHE=SHARED or PRIVATE, or "
                            "OVERVIEWS=SOURCE");
    const RetileLevelsBase oBase = LevelsBase();
    return WithSource([&](GDALDataset *poDataset) {
        return RetileVirtualLevels::Create(
            oBase, poDataset, m_oOptions.oOverviews, m_poLevels, err);
    });
}

/* A block of each band must be addressable, and so must the number of blocks.
 */
static rt_status CheckGrid(const RetileOptions &oOptions, int nWidth,
                           int nHeight, int nPixelBytes, rt_error *err)
{
    rt_grid oGrid;
    const rt_status eStatus =
        rt_grid_init(&oGrid, nWidth, nHeight, oOptions.nBlockXSize,
                     oOptions.nBlockYSize, err);

    if (eStatus != RT_OK)
        return eStatus;
    if (static_cast<int64_t>(oOptions.nBlockXSize) * oOptions.nBlockYSize >
        INT_MAX / nPixelBytes)
        return rt_error_set(err, RT_ERR_RANGE,
                            "BLOCKXSIZE=%d and BLOCKYSIZE=%d: a block of %d "
                            "bytes a pixel is larger than 2147483647 bytes; "
                            "choose smaller ones",
                            oOptions.nBlockXSize, oOptions.nBlockYSize,
                            nPixelBytes);
    return RT_OK;
}

rt_status RetileSharedView::InitLevels(rt_error *err)
{
    const rt_source *poCore = Core();

    for (int nLevel = 0; nLevel < Levels(); nLevel++) {
        const rt_layer &oLayer =
            poCore->layers[IsVirtual(nLevel) ? 0 : 2 * nLevel];
        RetileLevelSize oSize = {oLayer.grid.w_px, oLayer.grid.h_px,
                                 oLayer.grid.w_px, oLayer.grid.h_px};

        if (IsVirtual(nLevel)) {
            m_poLevels->Size(nLevel, oSize.nWidth, oSize.nHeight);
            oSize.nSourceWidth = oSize.nWidth;
            oSize.nSourceHeight = oSize.nHeight;
        }

        if (m_oOptions.bPadEdges && nLevel == 0) {
            if (rt_grid_pad(oSize.nWidth, m_oOptions.nBlockXSize, &oSize.nWidth,
                            err) != RT_OK ||
                rt_grid_pad(oSize.nHeight, m_oOptions.nBlockYSize,
                            &oSize.nHeight, err) != RT_OK)
                return RT_ERR_RANGE;
            m_bPadded = oSize.nWidth != oSize.nSourceWidth ||
                        oSize.nHeight != oSize.nSourceHeight;
        } else if (m_bPadded) {
            const RetileLevelSize &oFull = m_aoLevels[0];
            oSize.nWidth = rt_grid_pad_level(oFull.nSourceWidth, oFull.nWidth,
                                             oSize.nWidth);
            oSize.nHeight = rt_grid_pad_level(oFull.nSourceHeight,
                                              oFull.nHeight, oSize.nHeight);
        }
        for (int iBand = 0; iBand < Bands(); iBand++) {
            const rt_status eStatus =
                CheckGrid(m_oOptions, oSize.nWidth, oSize.nHeight,
                          static_cast<int>(oLayer.px_bytes[iBand]), err);
            if (eStatus != RT_OK)
                return eStatus;
        }
        m_aoLevels.push_back(oSize);
    }
    return RT_OK;
}

rt_status RetileSharedView::InitChips(rt_error *err)
{
    RetileLevelSize &oSize = m_aoLevels[0];
    const rt_status eStatus =
        RetileMakeChips(m_oOptions, Core()->layers[0], m_oChips, err);

    m_bPadded = true;
    oSize.nWidth = m_oChips.x.raster_px;
    oSize.nHeight = m_oChips.y.raster_px;
    return eStatus;
}

/* A value in the widest type that holds it exactly. */
struct WideValue {
    GDALDataType eType = GDT_Float64;
    double dfValue = 0.0;
    int64_t nSigned = 0;
    uint64_t nUnsigned = 0;
    bool bExact = true; /* 64-bit integers: an integer in range */

    const void *Data() const
    {
        return eType == GDT_Int64    ? static_cast<const void *>(&nSigned)
               : eType == GDT_UInt64 ? static_cast<const void *>(&nUnsigned)
                                     : static_cast<const void *>(&dfValue);
    }
};

static WideValue ParseWide(const char *pszText, GDALDataType eBandType)
{
    WideValue oValue;
    char *pszEnd = nullptr;

    oValue.dfValue = CPLAtof(pszText);
    errno = 0;
    if (eBandType == GDT_Int64) {
        oValue.eType = GDT_Int64;
        oValue.nSigned = std::strtoll(pszText, &pszEnd, 10);
    } else if (eBandType == GDT_UInt64) {
        oValue.eType = GDT_UInt64;
        oValue.nUnsigned = std::strtoull(pszText, &pszEnd, 10);
    }
    if (pszEnd != nullptr)
        oValue.bExact =
            *pszEnd == '\0' && errno == 0 &&
            (eBandType == GDT_Int64 || strchr(pszText, '-') == nullptr);
    return oValue;
}

static bool ReadNodata(GDALRasterBand *poBand, WideValue &oValue)
{
    int bHas = FALSE;

    if (poBand->GetRasterDataType() == GDT_Int64) {
        oValue.eType = GDT_Int64;
        oValue.nSigned = poBand->GetNoDataValueAsInt64(&bHas);
    } else if (poBand->GetRasterDataType() == GDT_UInt64) {
        oValue.eType = GDT_UInt64;
        oValue.nUnsigned = poBand->GetNoDataValueAsUInt64(&bHas);
    } else {
        oValue.dfValue = poBand->GetNoDataValue(&bHas);
    }
    return bHas != FALSE;
}

static bool IsSignedByte(GDALRasterBand *poBand)
{
    if (RT_GDAL_HAS_INT8 || poBand->GetRasterDataType() != GDT_Byte)
        return false;
    const char *pszType =
        poBand->GetMetadataItem("PIXELTYPE", "IMAGE_STRUCTURE");

    return pszType != nullptr && EQUAL(pszType, "SIGNEDBYTE");
}

/* Changes the value to the byte that represents it in a band of signed bytes.
 */
static void ToSignedByte(WideValue &oValue)
{
    if (oValue.dfValue >= -128 && oValue.dfValue <= -1)
        oValue.dfValue += 256;
    else if (!(oValue.dfValue >= 0 && oValue.dfValue <= 127))
        oValue.bExact = false;
}

/* Whether a double survives the conversion to eType and back. 64-bit integers
 * are checked by their text. */
static bool Fits(double dfValue, GDALDataType eType)
{
    if (GDALDataTypeIsFloating(eType) || eType == GDT_Int64 ||
        eType == GDT_UInt64)
        return true;
    RetilePixel oPixel{};
    double dfBack = 0.0;
    GDALCopyWords(&dfValue, GDT_Float64, 0, oPixel.data(), eType, 0, 1);
    GDALCopyWords(oPixel.data(), eType, 0, &dfBack, GDT_Float64, 0, 1);
    return dfBack == dfValue;
}

rt_status RetileSharedView::InitPad(GDALRasterBand *poBand, rt_error *err)
{
    const GDALDataType eType = poBand->GetRasterDataType();
    const bool bAlpha = poBand->GetColorInterpretation() == GCI_AlphaBand;
    RetilePixel oPad{}, oNodataPixel{};
    WideValue oValue, oNodata;
    const bool bHasNodata = ReadNodata(poBand, oNodata);
    const bool bSigned = IsSignedByte(poBand);

    if (bHasNodata && bSigned)
        ToSignedByte(oNodata);
    if (bHasNodata)
        oValue = oNodata;
    if (m_oOptions.bHasPadValue) {
        oValue = ParseWide(m_oOptions.osPadValue.c_str(), eType);
        if (bSigned)
            ToSignedByte(oValue);
        if (!oValue.bExact || !Fits(oValue.dfValue, eType))
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "PAD_VALUE=%s is not a value of type %s, "
                                "which band %d has",
                                m_oOptions.osPadValue.c_str(),
                                GDALGetDataTypeName(eType), poBand->GetBand());
    }
    if (bAlpha)
        oValue = WideValue();
    GDALCopyWords(oValue.Data(), oValue.eType, 0, oPad.data(), eType, 0, 1);
    GDALCopyWords(oNodata.Data(), oNodata.eType, 0, oNodataPixel.data(), eType,
                  0, 1);
    m_aoPads.push_back(oPad);
    m_abPadIsNodata.push_back(bHasNodata && oPad == oNodataPixel);
    return RT_OK;
}

rt_status RetileSharedView::InitPads(rt_error *err)
{
    return WithSource([&](GDALDataset *poDataset) {
        rt_status eStatus = RT_OK;
        for (int iBand = 1; eStatus == RT_OK && iBand <= Bands(); iBand++)
            eStatus = InitPad(poDataset->GetRasterBand(iBand), err);
        return eStatus;
    });
}
