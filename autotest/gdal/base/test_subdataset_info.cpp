/* Which part of a view's name is a file. */
#include "gdal/base/subdataset_info.h"
#include "helper.h"

static std::string PathIn(const std::string &osName)
{
    const RetileNamedFile oFile = RetileFindNamedFile(osName.c_str());

    if (!oFile.osPath.empty()) {
        EXPECT_EQ(osName.substr(oFile.nAt, oFile.osPath.size()), oFile.osPath);
    }
    return oFile.osPath;
}

TEST(SubdatasetInfo, FindsTheFileBehindThePrefixes)
{
    EXPECT_EQ(PathIn("RETILE:a.tif"), "a.tif");
    EXPECT_EQ(PathIn("retile:/b/a.tif"), "/b/a.tif");
    EXPECT_EQ(PathIn("RETILE:RETILE:a.tif"), "a.tif");
}

TEST(SubdatasetInfo, FindsNoFileInOtherNames)
{
    for (const char *pszName :
         {"a.tif", "RETILE:", "", "RETILE:vrt://a.tif?bands=1",
          "RETILE:{\"a\"}", "RETILE:<VRTDataset/>", "RETILE:WMS:http://x/",
          "x/RETILE:a.tif"})
        EXPECT_EQ(PathIn(pszName), "") << pszName;
}

#if RT_GDAL_HAS_SUBDATASET_INFO

TEST(SubdatasetInfo, FindsTheFileInNamesOfOtherDrivers)
{
    EXPECT_EQ(PathIn("RETILE:NETCDF:\"f.nc\":v"), "f.nc");
    EXPECT_EQ(PathIn("RETILE:GTIFF_DIR:2:f.tif"), "f.tif");
}

TEST(SubdatasetInfo, ChangesThePathOnlyIfItIsTheFirstTextLikeIt)
{
    std::unique_ptr<GDALSubdatasetInfo> poInfo(
        RetileSubdatasetInfo("RETILE:a.tif"));

    ASSERT_NE(poInfo, nullptr);
    EXPECT_EQ(poInfo->ModifyPathComponent("/b/a.tif"), "RETILE:/b/a.tif");
    EXPECT_EQ(RetileSubdatasetInfo("RETILE:TILE"), nullptr);
}

#endif
