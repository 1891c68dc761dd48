/* test_decodes_whole.cpp - sources for which each handle decodes everything. */
#include "gdal_utils.h"
#include "source_rig.h"

#include "io/dataset/gdal_dataset.h"

static std::string Grib()
{
    const std::string osFolder = NewFolder();
    const char *apszWords[] = {"-of", "GRIB", "-a_srs", "EPSG:4326", "-a_ullr",
                               "10",  "60",   "12",     "58",        nullptr};
    Recipe oRecipe;

    WriteTiff(osFolder + "/s.tif", oRecipe);
    const auto poTiff = Open(osFolder + "/s.tif");
    GDALTranslateOptions *poOptions =
        GDALTranslateOptionsNew(const_cast<char **>(apszWords), nullptr);
    GDALClose(GDALTranslate((osFolder + "/s.grb").c_str(),
                            GDALDataset::ToHandle(poTiff.get()), poOptions,
                            nullptr));
    GDALTranslateOptionsFree(poOptions);
    return osFolder + "/s.grb";
}

TEST(DecodesWhole, IsReadByOneHandleInACopy)
{
    if (GetGDALDriverManager()->GetDriverByName("GRIB") == nullptr)
        GTEST_SKIP() << "this GDAL has no GRIB";
    const auto poGrib = Open(Grib());
    ASSERT_NE(poGrib, nullptr);
    const OpenSource oGrib(poGrib.get(),
                           poGrib->GetRasterBand(1)->GetRasterDataType(), 3);

    EXPECT_FALSE(oGrib.Layer().parallel) << rt_copy_source_how(oGrib.po);
    EXPECT_NE(oGrib.How().find("decoded as a whole"), std::string::npos);
}

TEST(DecodesWhole, IsNotWhatHasBlocks)
{
    const std::string osPath = NewFolder() + "/s.tif";

    WriteTiff(osPath, Recipe());
    EXPECT_FALSE(
        rt_gdal_decodes_whole(GDALDataset::ToHandle(Open(osPath).get())));
}
