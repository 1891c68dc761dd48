/* test_sources.cpp - the names in a VRT's XML, and whether its numbers are
 * exact. */
#include "helper.h"

#include "io/vrt/sources.h"
#include "vrt_text.h"

TEST(VrtSourceNames, AreThoseOfAllSourcesAtAnyDepth)
{
    const std::string osXml = Vrt(
        Band(pszSimple) + "<MaskBand>" +
        Band(Replaced(Replaced(pszSimple, "'1'", "'0'"), "a.tif", "b.tif")) +
        "</MaskBand><GDALWarpOptions><SourceDataset>c.tif</SourceDataset>"
        "</GDALWarpOptions>" +
        Band(Replaced(pszSimple, "a.tif", "")));
    const CPLStringList aosNames(rt_vrt_source_names(osXml.c_str(), "/d"));

    ASSERT_EQ(aosNames.size(), 4);
    EXPECT_STREQ(aosNames[0], "/d/a.tif");
    EXPECT_STREQ(aosNames[1], "b.tif");
    EXPECT_STREQ(aosNames[2], "c.tif");
    EXPECT_STREQ(aosNames[3], "");
}

TEST(VrtXml, IsExactIfNoNumberIsRounded)
{
    const std::string osPlain = Vrt(Band(pszSimple));
    const auto Exact = [](const std::string &osXml) {
        return rt_vrt_xml_is_exact(osXml.c_str());
    };

    EXPECT_TRUE(Exact(osPlain));
    EXPECT_TRUE(Exact(Replaced(osPlain, "xOff='5'", "xOff='-5'")));
    EXPECT_FALSE(Exact(Replaced(osPlain, "xOff='5'", "xOff='5.25'")));
    for (const char *pszName : {"ScaleRatio", "Exponent", "LUT", "NODATA"})
        EXPECT_FALSE(Exact(Replaced(osPlain, "<SrcRect",
                                    std::string("<") + pszName + ">1</" +
                                        pszName + "><SrcRect")))
            << pszName;
}
