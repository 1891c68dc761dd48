/* test_window.cpp - which VRTs are recognised as windows on another dataset. */
#include "helper.h"

#include "io/vrt/window.h"
#include "vrt_text.h"

/* A window that frees itself. */
class Window
{
  public:
    explicit Window(const std::string &osXml, const char *pszFolder = "/d")
        : bFound(rt_vrt_window_parse(osXml.c_str(), pszFolder, &o))
    {
    }
    ~Window() { rt_vrt_window_free(&o); }
    Window(const Window &) = delete;
    Window &operator=(const Window &) = delete;

    rt_vrt_window o{};
    bool bFound;
};

TEST(VrtWindow, IsReadFromAPlainOne)
{
    const Window oWindow(Vrt(Band(pszSimple)));

    ASSERT_TRUE(oWindow.bFound);
    EXPECT_STREQ(oWindow.o.name, "/d/a.tif");
    EXPECT_EQ(oWindow.o.x_px, 5);
    EXPECT_EQ(oWindow.o.y_px, 6);
    EXPECT_EQ(oWindow.o.w_px, 30);
    EXPECT_EQ(oWindow.o.h_px, 20);
    EXPECT_TRUE(oWindow.o.plain);
    ASSERT_EQ(oWindow.o.n_bands, 1);
    EXPECT_EQ(oWindow.o.bands[0], 2);
    EXPECT_FALSE(oWindow.o.own_masks);
    EXPECT_EQ(oWindow.o.mask_band, 0);
}

TEST(VrtWindow, IsNoneWithoutASize)
{
    const std::string osXml = Vrt(Band(pszSimple));

    for (const char *pszSize : {" rasterXSize='30'", " rasterYSize='20'"})
        EXPECT_FALSE(Window(Replaced(osXml, pszSize, "")).bFound);
}

TEST(VrtWindow, TakesNamesAsTheyAreIfTheyAreNotRelative)
{
    EXPECT_STREQ(Window(Vrt(Band(pszSimple)), "").o.name, "a.tif");
    EXPECT_STREQ(Window(Vrt(Band(Replaced(pszSimple, "'1'", "'0'")))).o.name,
                 "a.tif");
    EXPECT_FALSE(
        Window(Vrt(Band(Replaced(pszSimple, "a.tif", "NETCDF:a.nc:b"))))
            .bFound);
}

TEST(VrtWindow, KeepsTheOpenOptionsOfItsSource)
{
    const Window oWindow(Vrt(
        Band(std::string(pszSimple) +
             "<OpenOptions><OOI key='OVERVIEW_LEVEL'>1</OOI></OpenOptions>")));

    ASSERT_TRUE(oWindow.bFound);
    EXPECT_STREQ(CSLFetchNameValue(oWindow.o.open_options, "OVERVIEW_LEVEL"),
                 "1");
}

TEST(VrtWindow, IsNotPlainIfPixelsAreChanged)
{
    const Window oComplex(Vrt(Band(pszSimple, "ComplexSource")));
    const Window oBits(Vrt(Replaced(
        Band(pszSimple), "<SimpleSource>",
        "<Metadata domain='IMAGE_STRUCTURE'><MDI key='NBITS'>4</MDI></Metadata>"
        "<SimpleSource>")));

    EXPECT_TRUE(oComplex.bFound);
    EXPECT_FALSE(oComplex.o.plain);
    EXPECT_TRUE(oBits.bFound);
    EXPECT_FALSE(oBits.o.plain);
}

TEST(VrtWindow, KnowsItsMasks)
{
    const auto Masked = [](const char *pszBand) {
        return Vrt(
            Band(pszSimple) + "<MaskBand>" +
            Band(Replaced(pszSimple, ">2<", std::string(">") + pszBand + "<")) +
            "</MaskBand>");
    };

    EXPECT_TRUE(Window(Masked("mask,3")).o.own_masks);
    EXPECT_EQ(Window(Masked("mask,3")).o.mask_band, 3);
    EXPECT_EQ(Window(Masked("mask")).o.mask_band, 1);
    EXPECT_EQ(Window(Masked("4")).o.mask_band, -4);
    const Window oElsewhere(Replaced(Masked("mask,3"), "</VRTRasterBand><Mask",
                                     "</VRTRasterBand><MaskBand/><Mask"));
    EXPECT_TRUE(oElsewhere.o.own_masks);
    const Window oOther(Vrt(Band(pszSimple) + "<MaskBand>" +
                            Band(Replaced(pszSimple, "a.tif", "b.tif")) +
                            "</MaskBand>"));
    EXPECT_TRUE(oOther.bFound);
    EXPECT_TRUE(oOther.o.own_masks);
    EXPECT_EQ(oOther.o.mask_band, 0);
}

struct NoWindow {
    const char *pszName, *pszFrom, *pszTo;
};

class NotAWindow : public ::testing::TestWithParam<NoWindow>
{
};

TEST_P(NotAWindow, IsReadByGdal)
{
    const std::string osTwo = Band(pszSimple) + Band(pszSimple);

    EXPECT_TRUE(Window(Vrt(osTwo)).bFound);
    const Errors oErrors;
    EXPECT_FALSE(
        Window(Replaced(Vrt(osTwo), GetParam().pszFrom, GetParam().pszTo))
            .bFound);
}

INSTANTIATE_TEST_SUITE_P(
    VrtWindow, NotAWindow,
    ::testing::Values(
        NoWindow{"Resized", "<DstRect xOff='0' yOff='0' xSize='30'",
                 "<DstRect xOff='0' yOff='0' xSize='15'"},
        NoWindow{"Part", "xSize='30' ySize='20'/><Dst",
                 "xSize='10' ySize='20'/><Dst"},
        NoWindow{"Shifted", "<DstRect xOff='0'", "<DstRect xOff='1'"},
        NoWindow{"BetweenPixels", "xOff='5'", "xOff='5.5'"},
        NoWindow{"Outside", "xOff='5'", "xOff='-5'"},
        NoWindow{"NotANumber", "xOff='5'", "xOff='nan'"},
        NoWindow{"HalfRectangles", "<DstRect xOff", "<Else xOff"},
        NoWindow{"OtherWindow", "xOff='5'", "xOff='4'"},
        NoWindow{"OtherFile", "a.tif", "b.tif"},
        NoWindow{"NoFile", "a.tif", ""},
        NoWindow{"OtherOptions", "<SourceBand>",
                 "<OpenOptions><OOI key='A'>1</OOI></OpenOptions><SourceBand>"},
        NoWindow{"TwoSources", "</VRTRasterBand>",
                 "<ComplexSource/></VRTRasterBand>"},
        NoWindow{"Filtered", "<SimpleSource>",
                 "<KernelFilteredSource/><SimpleSource>"},
        NoWindow{"NoSource", "<VRTRasterBand dataType='Byte' band='1'>",
                 "<VRTRasterBand/><VRTRasterBand>"},
        NoWindow{"DerivedBand", "band='1'",
                 "band='1' subClass='VRTDerivedRasterBand'"},
        NoWindow{"Warped", "<VRTDataset",
                 "<VRTDataset subClass='VRTWarpedDataset'"},
        NoWindow{"MaskAsBand", ">2<", ">mask,2<"},
        NoWindow{"BrokenXml", "</VRTDataset>", "</VRT>"},
        NoWindow{"NoVrt", "<VRTDataset ", "<Else><VRTDataset "}),
    [](const ::testing::TestParamInfo<NoWindow> &oInfo) {
        return oInfo.param.pszName;
    });

TEST(VrtWindow, KnowsWhetherBandsAreReadTogether)
{
    const std::string osFirst = Band(Replaced(pszSimple, ">2<", ">1<"));
    const auto Together = [](const std::string &osBands) {
        return rt_vrt_reads_together(Vrt(osBands).c_str());
    };

    EXPECT_TRUE(Together(osFirst + Band(pszSimple)));
    EXPECT_FALSE(Together(Band(pszSimple) + osFirst));
    EXPECT_FALSE(Together(osFirst + Band(pszSimple, "ComplexSource")));
    EXPECT_FALSE(
        Together(osFirst + Band(Replaced(pszSimple, "2<", "mask,2<"))));
    EXPECT_FALSE(
        Together(Replaced(osFirst, "band='1'", "subClass='VRTDerivedBand'")));
}
