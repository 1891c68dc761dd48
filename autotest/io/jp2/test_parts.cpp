/* test_parts.cpp - tile-parts that are damaged, missing, moved or truncated.
 * Each tile is read as it was in the original file, or as GDAL's driver reads
 * it, or fails. It must not fail if GDAL reads the original pixels. */
#include <algorithm>

#include <sys/wait.h>
#include <unistd.h>

#include "core/base/grid.h"
#include "jp2_rig.h"

namespace
{

using Bytes = std::vector<GByte>;

/* A tile-part in a file. */
struct Part {
    size_t at, n;
};

class Jp2Parts : public ::testing::TestWithParam<int>
{
  protected:
    /* Tiles of one part and of three, whose number is stated or not; and a
     * single tile. */
    void SetUp() override
    {
        Codestream oMake;
        oMake.nWidth = 90;
        oMake.nHeight = 70;
        oMake.nResolutions = 3;
        oMake.nTileWidth = oMake.nTileHeight = GetParam() < 4 ? 32 : 0;
        oMake.chTileParts = GetParam() % 2 == 1 ? 'R' : 0;
        oMake.bBoxes = GetParam() == 1;
        m_osPath = NewFolder() + "/s.jp2";
        ASSERT_TRUE(WriteCodestream(m_osPath, oMake));
        m_abyFile = ReadFile(m_osPath);
        const auto anAt = FindTileParts(m_abyFile);
        ASSERT_EQ(anAt.size(),
                  (GetParam() < 4 ? 9u : 1u) * (GetParam() % 2 == 1 ? 3u : 1u));
        m_abyTrue = ReadBand(Open(m_osPath)->GetRasterBand(1));
        for (size_t i = 0; i < anAt.size(); i++) {
            const size_t nEnd =
                i + 1 < anAt.size() ? anAt[i + 1] : m_abyFile.size() - 2;
            m_aoParts.push_back({anAt[i], nEnd - anAt[i]});
            if (GetParam() / 2 == 1)
                m_abyFile[anAt[i] + 11] = 0;
        }
    }

    static rt_window TileOf(int i)
    {
        const int nX = i % 3 * 32, nY = i / 3 * 32;

        return {nX, nY, std::min(32, 90 - nX), std::min(32, 70 - nY)};
    }

    static bool ReadTile(GDALDataset *poDS, int i, GByte *pabyTile)
    {
        const rt_window oTile = TileOf(i);

        return poDS->GetRasterBand(1)->RasterIO(
                   GF_Read, oTile.x_px, oTile.y_px, oTile.w_px, oTile.h_px,
                   pabyTile, oTile.w_px, oTile.h_px, GDT_Byte, 0, 0,
                   nullptr) == CE_None;
    }

    /* The result of GDAL's driver. */
    struct Plain {
        GByte abRead[9];
        GByte aabyTiles[9][32 * 32];
    };

    /* Runs in its own process, because OpenJPEG's assertions end it for some
     * files. */
    Plain ReadPlain() const
    {
        static Plain oPlain;
        int anPipe[2];

        oPlain = Plain();
        EXPECT_EQ(pipe(anPipe), 0);
        const pid_t nChild = fork();
        if (nChild == 0) {
            const int nNull = dup2(fileno(fopen("/dev/null", "w")), 2);
            /* OpenJPEG would start and end threads for each tile. */
            CPLSetConfigOption("GDAL_NUM_THREADS", "1");
            const auto poDS = Open(m_osPath);
            for (int i = 0; poDS && i < 9; i++)
                oPlain.abRead[i] = ReadTile(poDS.get(), i, oPlain.aabyTiles[i]);
            const ssize_t n = write(anPipe[1], &oPlain, sizeof(oPlain));
            _exit(nNull == 2 && n == sizeof(oPlain) ? 0 : 1);
        }
        close(anPipe[1]);
        if (read(anPipe[0], &oPlain, sizeof(oPlain)) != sizeof(oPlain))
            oPlain = Plain();
        close(anPipe[0]);
        EXPECT_EQ(waitpid(nChild, nullptr, 0), nChild);
        return oPlain;
    }

    /* A tile of the original file. */
    Bytes Was(int i) const
    {
        const auto [nX, nY, nW, nH] = TileOf(i);
        Bytes abyWindow;

        for (int y = nY; y < nY + nH; y++) {
            const auto itRow = m_abyTrue.begin() + y * 90 + nX;
            abyWindow.insert(abyWindow.end(), itRow, itRow + nW);
        }
        return abyWindow;
    }

    /* Compares all tiles of the present file, with new handles. */
    void ExpectAsInGdal(const std::string &osWhat)
    {
        const Errors oErrors;
        const Plain oPlain = ReadPlain();
        const auto poView =
            Open("RETILE:" + m_osPath, {"CACHE=PRIVATE", "CACHE_MAX=4MB",
                                        "BLOCKXSIZE=32", "BLOCKYSIZE=32"});

        for (int i = 0; i < 9; i++) {
            const Bytes abyTrue = Was(i);
            const bool bPlain = oPlain.abRead[i] != 0;
            const Bytes abyPlain(oPlain.aabyTiles[i],
                                 oPlain.aabyTiles[i] + abyTrue.size());
            Bytes abyView(abyTrue.size());
            const bool bView =
                poView && ReadTile(poView.get(), i, abyView.data());

            ASSERT_TRUE(bView || !bPlain || abyPlain != abyTrue)
                << osWhat << ", tile " << i << ": " << oErrors.osText;
            ASSERT_TRUE(!bView || abyView == abyTrue ||
                        (bPlain && abyView == abyPlain))
                << osWhat << ", tile " << i;
            m_nRead += bView;
            m_nFailed += !bView;
        }
    }

    void Try(const std::string &osWhat, const Bytes &abyFile)
    {
        WriteFile(m_osPath, abyFile);
        ExpectAsInGdal(osWhat);
    }

    /* Tries the file with one byte of a part's header changed, counted from its
     * marker. */
    void TrySet(size_t iPart, size_t nByte, int nValue)
    {
        Bytes abyFile = m_abyFile;

        abyFile[m_aoParts[iPart].at + nByte] = static_cast<GByte>(nValue);
        Try("part " + std::to_string(iPart) + ", byte " +
                std::to_string(nByte) + " = " + std::to_string(nValue),
            abyFile);
    }

    /* The first part, one in the middle, and the last. */
    std::vector<size_t> SomeParts() const
    {
        const size_t n = m_aoParts.size();
        std::vector<size_t> anSome = {0, n / 2, n - 1};

        anSome.erase(std::unique(anSome.begin(), anSome.end()), anSome.end());
        return anSome;
    }

    std::string m_osPath{};
    Bytes m_abyFile{}, m_abyTrue{};
    std::vector<Part> m_aoParts{};
    int m_nRead = 0, m_nFailed = 0;
};

} // namespace

TEST_P(Jp2Parts, AHeaderThatIsNoneIsNotPassedOver)
{
    Try("as it is", m_abyFile);
    EXPECT_EQ(m_nFailed, 0);
    for (const size_t i : SomeParts())
        for (size_t nByte = 0; nByte < 12; nByte++) {
            if (IsLeftOut(GetParam() < 4 ? 13 : 5))
                continue;
            const int nOld = m_abyFile[m_aoParts[i].at + nByte];

            for (const int nValue : {nOld + 1, nOld ^ 0x80})
                TrySet(i, nByte, nValue);
        }
    EXPECT_GT(m_nFailed, 0);
}

TEST_P(Jp2Parts, ALengthOfNothingIsAllThatFollows)
{
    for (const size_t i : SomeParts())
        for (const int nLength : {0, 12, 14})
            for (const size_t nTail : {size_t{0}, size_t{2}}) {
                if (IsLeftOut(GetParam() < 4 ? 7 : 3))
                    continue;
                Bytes abyFile = m_abyFile;
                GByte *pabyPart = &abyFile[m_aoParts[i].at];

                std::fill(pabyPart + 6, pabyPart + 9, GByte{0});
                pabyPart[9] = static_cast<GByte>(nLength);
                abyFile.resize(abyFile.size() - nTail);
                Try("part " + std::to_string(i) + " of " +
                        std::to_string(nLength) + ", without " +
                        std::to_string(nTail),
                    abyFile);
            }
    EXPECT_GT(m_nRead, 0);
}

TEST_P(Jp2Parts, PartsThatAreMissingOrMoved)
{
    const auto Begin = [](Bytes &abyFile, const Part &oPart) {
        return abyFile.begin() + static_cast<std::ptrdiff_t>(oPart.at);
    };
    for (const size_t i : SomeParts()) {
        const Part &oPart = m_aoParts[i];
        const Bytes abyPart(Begin(m_abyFile, oPart),
                            Begin(m_abyFile, oPart) +
                                static_cast<std::ptrdiff_t>(oPart.n));
        Bytes abyMissing = m_abyFile, abyTwice = m_abyFile;
        Bytes abyFirst = m_abyFile;

        abyMissing.erase(Begin(abyMissing, oPart),
                         Begin(abyMissing, oPart) +
                             static_cast<std::ptrdiff_t>(oPart.n));
        Try("without part " + std::to_string(i), abyMissing);
        abyTwice.insert(Begin(abyTwice, oPart), abyPart.begin(), abyPart.end());
        Try("twice part " + std::to_string(i), abyTwice);
        abyFirst = abyMissing;
        abyFirst.insert(Begin(abyFirst, m_aoParts[0]), abyPart.begin(),
                        abyPart.end());
        Try("first part " + std::to_string(i), abyFirst);
    }
    EXPECT_GT(m_nRead, 0);
}

TEST_P(Jp2Parts, FilesAreCutOffAnywhere)
{
    Bytes abyFile;

    for (const size_t i : SomeParts()) {
        const Part &oPart = m_aoParts[i];

        for (const size_t n :
             {size_t{0}, size_t{1}, size_t{2}, size_t{11}, size_t{12},
              size_t{14}, oPart.n / 2, oPart.n - 1, oPart.n, oPart.n + 1}) {
            if (GetParam() < 4 && IsLeftOut(9))
                continue;
            abyFile = m_abyFile;
            abyFile.resize(oPart.at + n);
            Try("cut at " + std::to_string(n) + " of part " + std::to_string(i),
                abyFile);
        }
    }
    abyFile = m_abyFile;
    abyFile.insert(abyFile.end(), 40, GByte{0xFF});
    Try("with more behind its end", abyFile);
    abyFile[m_abyFile.size() - 1] = 0x90;
    Try("with more for its end", abyFile);
    EXPECT_GT(m_nRead, 0);
    EXPECT_GT(m_nFailed, 0);
}

INSTANTIATE_TEST_SUITE_P(Files, Jp2Parts, ::testing::Range(0, 6));
