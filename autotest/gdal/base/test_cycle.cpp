/* test_cycle.cpp - descriptors that refer to themselves, and mutated ones. */
#include "helper.h"

/* A VRT of one source. Without SourceProperties, the VRT opens the source at
 * once to learn them, otherwise when it is read. */
static std::string Vrt(const std::string &osSource, bool bProperties)
{
    return "<VRTDataset rasterXSize='20' rasterYSize='20'>"
           "<VRTRasterBand dataType='Byte' band='1'><SimpleSource>"
           "<SourceFilename relativeToVRT='0'>" +
           osSource + "</SourceFilename><SourceBand>1</SourceBand>" +
           (bProperties ? "<SourceProperties RasterXSize='20' RasterYSize='20' "
                          "DataType='Byte' BlockXSize='20' BlockYSize='20'/>"
                        : "") +
           "<SrcRect xOff='0' yOff='0' xSize='20' ySize='20'/>"
           "<DstRect xOff='0' yOff='0' xSize='20' ySize='20'/>"
           "</SimpleSource></VRTRasterBand></VRTDataset>";
}

class Cycle : public ::testing::Test
{
  protected:
    void SetUp() override { m_osFolder = NewFolder(); }

    std::string Path(const std::string &osName) const
    {
        return m_osFolder + "/" + osName;
    }

    std::string Write(const std::string &osName, const std::string &osText)
    {
        WriteText(Path(osName), osText);
        return Path(osName);
    }

    std::string m_osFolder{};
};

TEST_F(Cycle, DescriptorOfItselfIsRefused)
{
    ExpectRefused(Write("a.retile", Descriptor("a.retile")), {}, "a.retile");
    ExpectRefused("RETILE:" + Path("a.retile"), {}, "a.retile");
    ExpectRefused(Write("b.retile", Descriptor("RETILE:b.retile")), {},
                  "b.retile");
}

TEST_F(Cycle, DescriptorOfItselfByAnotherSpellingIsRefused)
{
    ExpectRefused(Write("a.retile", Descriptor("./../" +
                                               m_osFolder.substr(
                                                   m_osFolder.rfind('/') + 1) +
                                               "/a.retile")),
                  {}, "a.retile");
}

TEST_F(Cycle, TwoDescriptorsOfEachOtherAreRefused)
{
    Write("b.retile", Descriptor("a.retile"));
    ExpectRefused(Write("a.retile", Descriptor("b.retile")), {}, "retile");
    ExpectRefused(Path("b.retile"), {}, "retile");
}

TEST_F(Cycle, ThroughAVrtThatOpensAtOnceIsRefused)
{
    Write("v.vrt", Vrt(Path("a.retile"), false));
    ExpectRefused(Write("a.retile", Descriptor("v.vrt")), {}, "a.retile");
}

TEST_F(Cycle, ThroughAVrtThatOpensLateIsRefused)
{
    Write("v.vrt", Vrt(Path("a.retile"), true));
    ExpectRefused(Write("a.retile", Descriptor("v.vrt")), {}, "a.retile");
}

TEST_F(Cycle, ThroughTwoVrtsIsRefused)
{
    for (const bool bProperties : {false, true}) {
        Write("v.vrt", Vrt(Path("b.retile"), bProperties));
        Write("w.vrt", Vrt(Path("a.retile"), bProperties));
        Write("b.retile", Descriptor("w.vrt"));
        ExpectRefused(Write("a.retile", Descriptor("v.vrt")), {}, ".retile");
    }
}

TEST_F(Cycle, PrefixOfAVrtOfThatPrefixIsRefused)
{
    for (const bool bProperties : {false, true}) {
        Write("v.vrt", Vrt("RETILE:" + Path("v.vrt"), bProperties));
        ExpectRefused("RETILE:" + Path("v.vrt"), {}, "v.vrt");
    }
}

TEST_F(Cycle, CycleFurtherDownIsRefusedOrFailsTheRead)
{
    for (const bool bProperties : {false, true}) {
        Write("v.vrt", Vrt(Path("a.retile"), bProperties));
        Write("a.retile", Descriptor("v.vrt"));
        ExpectRefused("RETILE:" + Path("a.retile"), {}, "retile");
        ExpectRefused(Write("top.retile", Descriptor("a.retile")), {},
                      "retile");
    }
}

TEST_F(Cycle, ThroughAVrtUnderAnotherExtensionIsRefused)
{
    Write("v.xml", Vrt(Path("a.retile"), true));
    ExpectRefused(Write("a.retile", Descriptor("v.xml")), {}, "a.retile");
}

TEST_F(Cycle, ThroughAVrtConnectionIsRefused)
{
    WriteTiff(Path("s.tif"), {});
    ExpectRefused(
        Write("a.retile", Descriptor("vrt://" + Path("a.retile") + "?bands=1")),
        {}, "a.retile");
}

TEST_F(Cycle, TwoViewsOfOneSourceInAVrtAreNoCycle)
{
    Recipe oRecipe;
    oRecipe.nWidth = oRecipe.nHeight = 20;
    WriteTiff(Path("s.tif"), oRecipe);
    Write("b.retile", Descriptor("s.tif"));
    Write("v.vrt", Vrt(Path("b.retile"), true));
    const auto poView = Open(Write("a.retile", Descriptor("v.vrt")));

    ASSERT_NE(poView, nullptr);
    EXPECT_TRUE(ReadBand(poView->GetRasterBand(1)) ==
                ReadBand(Open(Path("s.tif"))->GetRasterBand(1)));
}

static std::string Mutate(const std::string &osText, std::mt19937 &oRandom)
{
    std::string osMutant = osText;

    for (unsigned i = 0; i <= oRandom() % 3; i++) {
        const size_t nAt = osMutant.empty() ? 0 : oRandom() % osMutant.size();
        const size_t nBytes = 1 + oRandom() % 24;

        switch (oRandom() % 5) {
        case 0:
            if (!osMutant.empty())
                osMutant[nAt] = static_cast<char>(
                    osMutant[nAt] ^ static_cast<char>(1u << (oRandom() % 8)));
            break;
        case 1:
            if (!osMutant.empty())
                osMutant[nAt] = static_cast<char>(oRandom() % 256);
            break;
        case 2:
            osMutant.resize(nAt);
            break;
        case 3:
            osMutant.insert(nAt, osMutant.substr(nAt, nBytes));
            break;
        default:
            osMutant.erase(nAt, nBytes);
            break;
        }
    }
    return osMutant;
}

/* Expects that the name opens, or fails once. Returns whether it opened. */
static bool OpensOrFailsOnce(const std::string &osName)
{
    Errors oErrors;
    const auto poView = Open(osName);

    EXPECT_EQ(oErrors.nFailures, poView ? 0 : 1) << oErrors.osText;
    /* GDAL may warn about a source's own open options */
    if (oErrors.osWarnings.find("does not support open option") ==
        std::string::npos) {
        EXPECT_EQ(oErrors.nWarnings, 0) << oErrors.osWarnings;
    }
    return poView != nullptr;
}

TEST(Mutants, EachOpensOrGivesOneError)
{
    const std::string osSource = "/vsimem/mutants/s.tif";
    const std::string osFile = "/vsimem/mutants/m.retile";
    WriteTiff(osSource, {});
    const std::string osText =
        R"({"type":"RETILE","version":1,"source":")" + osSource +
        R"(","source_open_options":{"NUM_THREADS":"1"},"options":)"
        R"({"BLOCKXSIZE":64,"BLOCKYSIZE":"32","PAD_EDGES":true,)"
        R"("PAD_VALUE":7,"CACHE":"PRIVATE","CACHE_MAX":"5MB"}})";
    std::mt19937 oRandom(20);
    const int nMutants = IsShort() ? 2500 : 10000;
    int nOpened = 0, nRefused = 0;

    ASSERT_TRUE(OpensOrFailsOnce(osText));
    for (int i = 0; i < nMutants && !HasFailure(); i++) {
        const std::string osMutant = Mutate(osText, oRandom);
        SCOPED_TRACE(osMutant);

        WriteText(osFile, osMutant);
        const bool bOpened = OpensOrFailsOnce(osFile);
        nOpened += bOpened;
        nRefused += !bOpened;
        if (!osMutant.empty())
            OpensOrFailsOnce(osMutant);
    }
    EXPECT_GT(nOpened, nMutants / 100);
    EXPECT_GT(nRefused, nMutants / 10);
    VSIRmdirRecursive("/vsimem/mutants");
}
