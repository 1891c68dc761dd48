/* test_index.cpp - finds the parts of tiles, by a walk and by the header.
 */
#include <algorithm>

#include "io/jp2/index.h"
#include "jp2_rig.h"

class Jp2Index : public ::testing::Test
{
  protected:
    void Make(bool bTlm)
    {
        Codestream oMake;
        oMake.nTileWidth = oMake.nTileHeight = 128;
        oMake.chTileParts = 'R';
        oMake.nResolutions = 3;
        oMake.bTlm = bTlm;
        m_osPath = NewFolder() + "/s.jp2";
        ASSERT_TRUE(WriteCodestream(m_osPath, oMake));
    }

    using Index = std::unique_ptr<rt_jp2_index, decltype(&rt_jp2_index_close)>;

    Index OpenIndex(bool bRemote)
    {
        rt_jp2_index *poIndex = nullptr;

        m_eStatus =
            rt_jp2_index_open(m_osPath.c_str(), bRemote, &poIndex, &m_oError);
        return Index(poIndex, rt_jp2_index_close);
    }

    std::string m_osPath{};
    rt_status m_eStatus = RT_OK;
    rt_error m_oError{};
};

TEST_F(Jp2Index, TheHeaderHasWhatAWalkFinds)
{
    Make(true);
    const Index poWalked = OpenIndex(false), poTold = OpenIndex(true);

    ASSERT_NE(poWalked, nullptr);
    ASSERT_NE(poTold, nullptr);
    ASSERT_EQ(poWalked->n_parts, 25u * 3u);
    ASSERT_EQ(poTold->n_parts, poWalked->n_parts);
    for (uint32_t i = 0; i < poTold->n_parts; i++) {
        EXPECT_EQ(poTold->parts[i].at_bytes, poWalked->parts[i].at_bytes);
        EXPECT_EQ(poTold->parts[i].n_bytes, poWalked->parts[i].n_bytes);
        EXPECT_EQ(poTold->parts[i].tile, i / 3);
    }
}

TEST_F(Jp2Index, ManyPartsBehindANetworkNeedAHeader)
{
    Make(false);
    EXPECT_NE(OpenIndex(false), nullptr);
    EXPECT_EQ(OpenIndex(true), nullptr);
    EXPECT_EQ(m_eStatus, RT_ERR_SOURCE);
    EXPECT_NE(std::string(m_oError.text).find("network"), std::string::npos);
}

/* One length in the header is too large by one. */
TEST_F(Jp2Index, AWrongHeaderIsNotBelieved)
{
    Make(true);
    std::vector<GByte> abyFile = ReadFile(m_osPath);
    const std::vector<GByte> abyTlm = {0xFF, 0x55};
    const auto it = std::search(abyFile.begin(), abyFile.end(), abyTlm.begin(),
                                abyTlm.end());
    ASSERT_NE(it, abyFile.end());
    const auto at = it - abyFile.begin() + 4 + 2; /* of the first entry */
    abyFile[static_cast<size_t>(at) + 4]++;
    WriteFile(m_osPath, abyFile);

    EXPECT_EQ(OpenIndex(true), nullptr);
    const Index poWalked = OpenIndex(false);
    ASSERT_NE(poWalked, nullptr);
    EXPECT_EQ(poWalked->n_parts, 25u * 3u);
}

TEST_F(Jp2Index, TilesCoverTheImage)
{
    Make(false);
    const Index poIndex = OpenIndex(false);
    ASSERT_NE(poIndex, nullptr);
    const rt_window oLast = rt_jp2_index_tile(poIndex.get(), 24);

    EXPECT_EQ(oLast.x_px, 512);
    EXPECT_EQ(oLast.y_px, 512);
    EXPECT_EQ(oLast.w_px, 88);
    EXPECT_EQ(oLast.h_px, 18);
    EXPECT_TRUE(rt_jp2_index_is_whole(poIndex.get(), 24));
    EXPECT_GT(rt_jp2_index_tile_bytes(poIndex.get(), 24), 40u);
}
