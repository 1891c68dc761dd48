/* test_cog_file_failures.cpp - what the COG writer refuses, and what it leaves
 * behind. */
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "cog_pictures.h"
#include "cog_rig.h"
#include "io/output/cog_skeleton.h"

class CogFailures : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        const CPLStringList aosTheirs = ForGdal(m_oWords);

        m_osTheirs = NewFolder() + "/out.tif";
        m_poSrcDS = Masked(301, 270, 2, GDT_Byte);
        ASSERT_NE(
            GDALDatasetUniquePtr(
                GetGDALDriverManager()->GetDriverByName("COG")->CreateCopy(
                    m_osTheirs.c_str(), m_poSrcDS.get(), FALSE,
                    aosTheirs.List(), nullptr, nullptr)),
            nullptr);
        m_oCog.osFolder = NewFolder();
        m_oCog.osPath = NewFolder() + "/out.tif";
        m_oCog.aosOptions = ForUs(m_oWords);
        m_oCog.aosOverviewOptions = ToList(m_oWords.aosOverviews);
        ShowAs(m_oCog, m_osTheirs);
    }

    void WriteSkeletonAndPut()
    {
        ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
        ASSERT_EQ(CreateFile(m_oCog), RT_OK);
        ASSERT_EQ(PutTiles(m_oCog, m_osTheirs), RT_OK) << m_oCog.err.text;
    }

    rt_status Put(int nDirectory, uint32_t nTile, uint64_t nBytes)
    {
        const std::vector<GByte> abyTile(64, 1);

        return rt_cog_file_put(m_oCog.poFile.get(), nDirectory, nTile,
                               abyTile.data(), nBytes, &m_oCog.err);
    }

    rt_status Finish(bool (*pfnProgress)(void *, double) = nullptr,
                     void *pContext = nullptr)
    {
        return rt_cog_file_finish(m_oCog.poFile.get(), m_oCog.osPath.c_str(),
                                  pfnProgress, pContext, &m_oCog.err);
    }

    bool Says(const char *pszText) const
    {
        return std::string(m_oCog.err.text).find(pszText) != std::string::npos;
    }

    /* Appends a hole to the skeleton, which takes no disk space. */
    void StretchSkeleton(vsi_l_offset nSize) const
    {
        VSILFILE *fp = VSIFOpenL(m_oCog.osPath.c_str(), "rb+");

        ASSERT_NE(fp, nullptr);
        EXPECT_EQ(VSIFTruncateL(fp, nSize), 0);
        EXPECT_EQ(VSIFCloseL(fp), 0);
    }

    const CogWords m_oWords = Small("LZW");
    std::string m_osTheirs{};
    GDALDatasetUniquePtr m_poSrcDS{};
    Cog m_oCog{};
};

TEST_F(CogFailures, FourGigabytesDoNotFitAClassicTiff)
{
    WriteSkeletonAndPut();
    StretchSkeleton(UINT64_C(4294967290));
    const uint64_t nSpilled = rt_cog_file_spilled(m_oCog.poFile.get());
    EXPECT_EQ(Finish(), RT_ERR_RANGE);
    EXPECT_TRUE(Says("BIGTIFF=YES")) << m_oCog.err.text;

    VSIStatBufL sStat;
    ASSERT_EQ(VSIStatL(m_oCog.osPath.c_str(), &sStat), 0);
    EXPECT_EQ(sStat.st_size, INT64_C(4294967290));
    EXPECT_EQ(rt_cog_file_spilled(m_oCog.poFile.get()), nSpilled);
}

TEST_F(CogFailures, ABigTiffMayTakeTheSkeletonsPlaceAfterwards)
{
    WriteSkeletonAndPut();
    StretchSkeleton(UINT64_C(4294967290));
    ASSERT_EQ(Finish(), RT_ERR_RANGE);
    m_oCog.aosOptions.SetNameValue("BIGTIFF", "YES");
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    StretchSkeleton(UINT64_C(4300000000));
    ASSERT_EQ(Finish(), RT_OK) << m_oCog.err.text;

    const auto poOurs = Open(m_oCog.osPath), poTheirs = Open(m_osTheirs);
    ASSERT_NE(poOurs, nullptr);
    ASSERT_EQ(poOurs->GetRasterBand(1)->GetOverviewCount(),
              poTheirs->GetRasterBand(1)->GetOverviewCount());
    EXPECT_TRUE(ReadBand(poOurs->GetRasterBand(2)) ==
                ReadBand(poTheirs->GetRasterBand(2)));
    EXPECT_TRUE(ReadBand(poOurs->GetRasterBand(1)->GetOverview(0)) ==
                ReadBand(poTheirs->GetRasterBand(1)->GetOverview(0)));
    EXPECT_TRUE(ReadBand(poOurs->GetRasterBand(1)->GetMaskBand()) ==
                ReadBand(poTheirs->GetRasterBand(1)->GetMaskBand()));
    VSIUnlink(m_oCog.osPath.c_str());
}

TEST_F(CogFailures, TheSpillsLimitIsHeld)
{
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    m_oCog.nSpillMax = 100;
    ASSERT_EQ(CreateFile(m_oCog), RT_OK);
    EXPECT_EQ(Put(0, 0, 60), RT_OK);
    EXPECT_EQ(Put(0, 1, 41), RT_ERR_IO);
    EXPECT_TRUE(Says("RETILE_SPILL_MAX")) << m_oCog.err.text;
    EXPECT_EQ(rt_cog_file_spilled(m_oCog.poFile.get()), 60u);
    m_oCog.nSpillMax = 0;
    EXPECT_EQ(CreateFile(m_oCog), RT_ERR_IO);
    EXPECT_TRUE(Says("RETILE_SPILL_MAX")) << m_oCog.err.text;
    EXPECT_EQ(FileNames(m_oCog.osFolder), Options());
}

TEST_F(CogFailures, ASpillFolderThatIsMissingIsNamed)
{
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    m_oCog.osFolder += "/missing";
    EXPECT_EQ(CreateFile(m_oCog), RT_ERR_IO);
    EXPECT_TRUE(Says("/missing")) << m_oCog.err.text;
}

TEST_F(CogFailures, EachTileIsPutOnlyOnce)
{
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    ASSERT_EQ(CreateFile(m_oCog), RT_OK);
    const uint32_t nTiles = m_oCog.oHeader.anTiles[0];
    EXPECT_EQ(Put(0, nTiles - 1, 5), RT_OK);
    EXPECT_EQ(Put(0, nTiles - 1, 5), RT_ERR_INTERNAL);
    EXPECT_EQ(Put(0, nTiles, 5), RT_ERR_INTERNAL);
    EXPECT_EQ(Put(-1, 0, 5), RT_ERR_INTERNAL);
    EXPECT_EQ(Put(static_cast<int>(m_oCog.oHeader.aoImages.size()), 0, 5),
              RT_ERR_INTERNAL);
    EXPECT_EQ(Put(0, 0, UINT64_C(1) << 32), RT_ERR_INTERNAL);
    EXPECT_EQ(Put(0, 0, 0), RT_OK);
    EXPECT_EQ(Put(0, 0, 5), RT_OK);
}

TEST_F(CogFailures, ASkeletonOfOtherImagesIsRefused)
{
    WriteSkeletonAndPut();
    m_oCog.oShown.aoOverviews.pop_back();
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    EXPECT_EQ(Finish(), RT_ERR_INTERNAL);
    ShowAs(m_oCog, m_osTheirs);
    m_oCog.oShown.bMask = false;
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    EXPECT_EQ(Finish(), RT_ERR_INTERNAL);
    WriteText(m_oCog.osPath, "II*");
    EXPECT_EQ(Finish(), RT_ERR_INTERNAL);
    VSIUnlink(m_oCog.osPath.c_str());
    EXPECT_EQ(Finish(), RT_ERR_IO);
    EXPECT_TRUE(Says(m_oCog.osPath.c_str())) << m_oCog.err.text;
}

TEST_F(CogFailures, ProgressRisesAndMayCancel)
{
    struct Calls {
        std::vector<double> adfDone{};
        size_t nMost = 1000;
    } oCalls;
    const auto pfnProgress = [](void *pContext, double dfDone) {
        auto *poCalls = static_cast<Calls *>(pContext);

        poCalls->adfDone.push_back(dfDone);
        return poCalls->adfDone.size() < poCalls->nMost;
    };

    WriteSkeletonAndPut();
    oCalls.nMost = 2;
    EXPECT_EQ(Finish(pfnProgress, &oCalls), RT_ERR_CANCELLED);
    ASSERT_EQ(oCalls.adfDone.size(), 2u);
    WriteSkeletonAndPut();
    oCalls = {};
    ASSERT_EQ(Finish(pfnProgress, &oCalls), RT_OK) << m_oCog.err.text;
    ASSERT_GT(oCalls.adfDone.size(), 2u);
    for (size_t i = 1; i < oCalls.adfDone.size(); i++)
        EXPECT_GT(oCalls.adfDone[i], oCalls.adfDone[i - 1]);
    EXPECT_EQ(oCalls.adfDone.back(), 1.0);
    EXPECT_TRUE(Contents(m_oCog.osPath) == Contents(m_osTheirs));
}

/* Bytes on disk of the nameless file in osFolder; -1 if there is none. */
static int64_t RoomTaken(const std::string &osFolder)
{
    for (int i = 0; i < 1024; i++) {
        char szPath[4096] = {};
        struct stat sStat;

        if (readlink(CPLSPrintf("/proc/self/fd/%d", i), szPath,
                     sizeof(szPath) - 1) > 0 &&
            STARTS_WITH(szPath, osFolder.c_str()) && fstat(i, &sStat) == 0)
            return static_cast<int64_t>(sStat.st_blocks) * 512;
    }
    return -1;
}

TEST_F(CogFailures, TheSpillGivesItsRoomBackAsItIsRead)
{
    struct Rooms {
        const std::string &osFolder;
        int64_t nLeast;
    } oRooms = {m_oCog.osFolder, INT64_MAX};
    const auto pfnProgress = [](void *pContext, double /* dfDone */) {
        auto *poRooms = static_cast<Rooms *>(pContext);

        poRooms->nLeast =
            std::min(poRooms->nLeast, RoomTaken(poRooms->osFolder));
        return true;
    };
    const std::vector<GByte> abyTile(500000, 7);
    const auto nAll = static_cast<int64_t>(13 * abyTile.size());

    /* 13 tiles: 9 of the full resolution and 4 of the first overview. */
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    ASSERT_EQ(CreateFile(m_oCog), RT_OK);
    ASSERT_EQ(m_oCog.oHeader.anTiles[0], 9u);
    ASSERT_EQ(m_oCog.oHeader.anTiles[1], 4u);
    for (uint32_t i = 0; i < 13; i++)
        ASSERT_EQ(rt_cog_file_put(m_oCog.poFile.get(), i % 3 == 2 ? 2 : 0,
                                  i % 3 == 2 ? i / 3 : i - i / 3,
                                  abyTile.data(), abyTile.size(), &m_oCog.err),
                  RT_OK);
    ASSERT_GE(RoomTaken(m_oCog.osFolder), nAll);
    ASSERT_EQ(Finish(pfnProgress, &oRooms), RT_OK) << m_oCog.err.text;
    EXPECT_LT(oRooms.nLeast, nAll / 6);
    EXPECT_GE(oRooms.nLeast, 0);
}

TEST_F(CogFailures, ATileThatIsLongerThanTheBufferGoesThroughAll)
{
    const std::vector<GByte> abyTile(3 << 20, 7);

    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    ASSERT_EQ(CreateFile(m_oCog), RT_OK);
    EXPECT_EQ(Put(1, 0, 3), RT_OK);
    ASSERT_EQ(rt_cog_file_put(m_oCog.poFile.get(), 0, 0, abyTile.data(),
                              abyTile.size(), &m_oCog.err),
              RT_OK);
    const size_t nSkeleton = Contents(m_oCog.osPath).size();
    ASSERT_EQ(Finish(), RT_OK) << m_oCog.err.text;
    const std::string osTiles = Contents(m_oCog.osPath).substr(nSkeleton);
    const std::string osPixels(abyTile.size() + 4, 7);
    EXPECT_TRUE(osTiles == std::string("\0\0\x30\0", 4) + osPixels +
                               std::string("\3\0\0\0\1\1\1\1\1\1\0", 11));
}

TEST_F(CogFailures, TheFileDoesNotDependOnWhoPutsWhen)
{
    m_oCog.osPath = "/vsimem/cog_failures/out.tif";
    ASSERT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_OK);
    ASSERT_EQ(CreateFile(m_oCog), RT_OK);
    const int nDirectories = static_cast<int>(m_oCog.oHeader.aoImages.size());
    std::atomic<int> nFailed{0};
    std::vector<std::thread> aoThreads;
    for (int i = 0; i < nDirectories; i++)
        aoThreads.emplace_back([this, i, &nFailed] {
            rt_error err = {};

            if (PutDirectory(m_oCog.poFile.get(), m_osTheirs, i, &err) != RT_OK)
                nFailed++;
        });
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(nFailed, 0);
    ASSERT_EQ(Finish(), RT_OK) << m_oCog.err.text;
    EXPECT_TRUE(Contents(m_oCog.osPath) == Contents(m_osTheirs));
    VSIRmdirRecursive("/vsimem/cog_failures");
}

TEST_F(CogFailures, GTiffSaysWhatItRefuses)
{
    m_oCog.aosOptions.SetNameValue("PHOTOMETRIC", "YCBCR");
    EXPECT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_ERR_ARGUMENT);
    EXPECT_TRUE(Says("PHOTOMETRIC=YCBCR")) << m_oCog.err.text;
    m_oCog.aosOptions = ForUs(m_oWords);
    m_oCog.aosOverviewOptions.SetNameValue("PHOTOMETRIC", "YCBCR");
    EXPECT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_ERR_ARGUMENT);
    EXPECT_TRUE(Says("PHOTOMETRIC_OVERVIEW=YCBCR")) << m_oCog.err.text;
    m_oCog.aosOverviewOptions = ToList(m_oWords.aosOverviews);
    m_oCog.aosOptions = ForUs(m_oWords);
    m_oCog.aosOptions.SetNameValue("BLOCKXSIZE", "100");
    EXPECT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_ERR_ARGUMENT);
    m_oCog.aosOptions = ForUs(m_oWords);
    m_oCog.aosOptions.SetNameValue("INTERLEAVE", "BAND");
    EXPECT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_ERR_ARGUMENT);
    EXPECT_TRUE(Says("INTERLEAVE")) << m_oCog.err.text;
    m_oCog.aosOptions = ForUs(m_oWords);
    m_oCog.osPath = "/proc/no/out.tif";
    EXPECT_EQ(WriteSkeleton(m_oCog, m_poSrcDS.get()), RT_ERR_ARGUMENT);
    EXPECT_TRUE(Says("/proc/no/out.tif")) << m_oCog.err.text;
}
