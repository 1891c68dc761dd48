/* test_geotiff_failures.cpp - requests that give no header of a GeoTIFF, and
 * the cost of a large header. */
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "geotiff_rig.h"

class GeoTiffHeaderFailure : public GeoTiffHeader
{
};

TEST_F(GeoTiffHeaderFailure, SaysWhatGTiffSaysOfWhatItRefuses)
{
    const auto poByte = Memory(70, 40, 1, GDT_Byte);
    const std::string osMixed = NewFolder() + "/mixed.vrt";
    WriteText(osMixed,
              "<VRTDataset rasterXSize='9' rasterYSize='9'>"
              "<VRTRasterBand dataType='Byte' band='1'/>"
              "<VRTRasterBand dataType='Int16' band='2'/></VRTDataset>");
    const auto poMixed = Open(osMixed);

    ExpectRefusedAlike(poByte.get(), {"PREDICTOR=3", "COMPRESS=LZW"});
    ExpectRefusedAlike(poByte.get(), {"INTERLEAVE=LINE"});
    ExpectRefusedAlike(poMixed.get(), {}, true);
    ExpectSame(poMixed.get());
    ExpectRefusedAlike(Memory(70, 40, 0, GDT_Byte).get(), {});
}

TEST_F(GeoTiffHeaderFailure, IsRefusedIfLibtiffRefusesItsTiles)
{
    const Errors oErrors;

    Write(Memory(70, 40, 1, GDT_Byte).get(), {"BLOCKXSIZE=17"});
    EXPECT_EQ(m_eStatus, RT_ERR_ARGUMENT);
    /* GDAL 3.13 refuses them before libtiff does. */
    EXPECT_TRUE(m_osError.find("TileWidth") != std::string::npos ||
                m_osError.find("BLOCKXSIZE") != std::string::npos)
        << m_osError;
    EXPECT_EQ(oErrors.nFailures, 0);
}

TEST_F(GeoTiffHeaderFailure, HandsOnTheFailuresThatGTiffPassesOver)
{
    const Errors oErrors;

    Write(Memory(70, 40, 1, GDT_Float32).get(), {"COMPRESS=JPEG"});
    EXPECT_EQ(m_eStatus, RT_OK);
    ASSERT_GE(m_oHeader.aosFailures.size(), 1u);
    EXPECT_NE(m_oHeader.aosFailures[0].find("not allowed for JPEG"),
              std::string::npos);
    EXPECT_EQ(oErrors.nFailures, 0);
}

TEST_F(GeoTiffHeaderFailure, RefusesWhatWouldBeNoSkeletonForTiles)
{
    const auto poSrcDS = Memory(70, 40, 1, GDT_Byte);

    for (const char *pszOption :
         {"COPY_SRC_OVERVIEWS=YES", "STREAMABLE_OUTPUT=YES",
          "APPEND_SUBDATASET=YES", "TILED=NO"}) {
        const Errors oErrors;
        Write(poSrcDS.get(), {pszOption});
        EXPECT_EQ(m_eStatus, RT_ERR_ARGUMENT);
        EXPECT_EQ(m_osError.find(pszOption), 0u) << m_osError;
        EXPECT_EQ(oErrors.nFailures, 0);
        EXPECT_FALSE(Exists(m_osOurs));
    }
}

TEST_F(GeoTiffHeaderFailure, FailsIfTheFolderIsMissing)
{
    const Errors oErrors;

    m_osOurs = NewFolder() + "/nowhere/out.tif";
    Write(Memory(70, 40, 1, GDT_Byte).get(), {});
    EXPECT_NE(m_eStatus, RT_OK);
    EXPECT_NE(m_osError.find("No such file"), std::string::npos) << m_osError;
    EXPECT_EQ(oErrors.nFailures, 0);
}

TEST_F(GeoTiffHeaderFailure, FailsIfTheDiskIsFull)
{
    const Errors oErrors;
    const auto poSrcDS = Descriptive(1, GDT_Byte);
    struct rlimit sBefore;
    getrlimit(RLIMIT_FSIZE, &sBefore);
    const auto pfnBefore = signal(SIGXFSZ, SIG_IGN);

    for (const rlim_t nRoom : std::vector<rlim_t>{0, 100, 700}) {
        const struct rlimit sLimit = {nRoom, sBefore.rlim_max};
        setrlimit(RLIMIT_FSIZE, &sLimit);
        Write(poSrcDS.get(), {});
        setrlimit(RLIMIT_FSIZE, &sBefore);
        EXPECT_NE(m_eStatus, RT_OK) << nRoom;
        EXPECT_NE(m_osError, "") << nRoom;
    }
    signal(SIGXFSZ, pfnBefore);
    EXPECT_EQ(oErrors.nFailures, 0) << oErrors.osText;
}

/* A raster too large for any file. Nothing of it is read. */
static std::string HugeVrt(const std::string &osMask)
{
    std::string osText =
        "<VRTDataset rasterXSize='300000' rasterYSize='300000'>";

    for (int i = 1; i <= 3; i++)
        osText += CPLSPrintf("<VRTRasterBand dataType='Byte' band='%d'/>", i);
    return osText + osMask + "</VRTDataset>";
}

static const char *const pszSharedMask =
    "<MaskBand><VRTRasterBand dataType='Byte'/></MaskBand>";

TEST_F(GeoTiffHeaderFailure, ChecksTheRoomOnTheDiskAsGTiffDoes)
{
    const auto poSrcDS = Open(HugeVrt(""));

    Write(poSrcDS.get(), {"BIGTIFF=YES"});
    EXPECT_EQ(m_eStatus, RT_ERR_RANGE) << m_osError;
    EXPECT_NE(m_osError.find("CHECK_DISK_FREE_SPACE"), std::string::npos);
    EXPECT_FALSE(Exists(m_osOurs));
    ExpectRefusedAlike(poSrcDS.get(), {"BIGTIFF=NO", "SPARSE_OK=YES"});
    const Config oNoCheck("CHECK_DISK_FREE_SPACE", "NO");
    Write(poSrcDS.get(), {"BIGTIFF=YES"});
    EXPECT_EQ(m_eStatus, RT_OK) << m_osError;
}

/* AddressSanitizer does not return freed memory. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RETILE_TEST_ASAN
#endif
#endif
#if defined(RETILE_TEST_ASAN) || defined(__SANITIZE_ADDRESS__)
static constexpr bool bKeepsFreedMemory = true;
#else
static constexpr bool bKeepsFreedMemory = false;
#endif

/* The most memory that the process held since ForgetPeak(), in KB. */
static long PeakKB()
{
    VSILFILE *fp = VSIFOpenL("/proc/self/status", "rb");
    long nKB = 0;

    while (const char *pszLine = fp ? CPLReadLineL(fp) : nullptr)
        if (STARTS_WITH(pszLine, "VmHWM:"))
            nKB = atol(pszLine + strlen("VmHWM:"));
    if (fp != nullptr)
        VSIFCloseL(fp);
    return nKB;
}

static void ForgetPeak()
{
    VSILFILE *fp = VSIFOpenL("/proc/self/clear_refs", "wb");

    ASSERT_NE(fp, nullptr);
    EXPECT_EQ(VSIFWriteL("5", 1, 1, fp), 1u);
    EXPECT_EQ(VSIFCloseL(fp), 0);
}

TEST_F(GeoTiffHeaderFailure, OfAHugeRasterNeedsNeitherMemoryNorReads)
{
    const Config oNoCheck("CHECK_DISK_FREE_SPACE", "NO");

    for (const char *pszMask : {"", pszSharedMask})
        for (const char *pszInside : {"YES", "NO"})
            for (const char *pszInterleave :
                 {"INTERLEAVE=PIXEL", "INTERLEAVE=BAND"}) {
                const Config oInside("GDAL_TIFF_INTERNAL_MASK", pszInside);
                const auto poSrcDS = Open(HugeVrt(pszMask));
                ForgetPeak();
                const long nBeforeKB = PeakKB();
                Write(poSrcDS.get(), {"BIGTIFF=YES", pszInterleave});
                EXPECT_EQ(m_eStatus, RT_OK) << m_osError;
                EXPECT_GT(nBeforeKB, 0);
                if (!bKeepsFreedMemory) {
                    EXPECT_LT(PeakKB() - nBeforeKB, 50 * 1024) << pszInterleave;
                }
                EXPECT_EQ(m_oHeader.aoImages.size(), *pszMask ? 2u : 1u);
                EXPECT_TRUE(IsAllHoles(m_osOurs));
            }
}
