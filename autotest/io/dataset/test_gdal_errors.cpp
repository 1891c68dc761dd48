/* test_gdal_errors.cpp - what the user is told of GDAL's failures. */
#include "helper.h"

#include "cpl_error.h"
#include "io/dataset/gdal_errors.h"

static std::string Told(const Options &aosFailures)
{
    rt_gdal_errors oErrors;

    rt_gdal_errors_begin(&oErrors);
    for (const std::string &osFailure : aosFailures)
        CPLError(CE_Failure, CPLE_AppDefined, "%s", osFailure.c_str());
    rt_gdal_errors_end(&oErrors);
    return rt_gdal_errors_text(&oErrors, "nothing");
}

TEST(GdalErrors, TellTheCauseAndWhatCameOfIt)
{
    EXPECT_EQ(Told({}), "nothing");
    EXPECT_EQ(Told({"no such key"}), "no such key");
    EXPECT_EQ(Told({"no such key.", "cannot read line 7."}),
              "no such key; cannot read line 7.");
    EXPECT_EQ(Told({"no such key\n", "cannot read line 6", "cannot copy"}),
              "no such key; cannot copy");
}

TEST(GdalErrors, TellNothingTwice)
{
    EXPECT_EQ(Told({"no such key", "line 7: no such key"}),
              "line 7: no such key");
    EXPECT_EQ(Told({"line 7: no such key", "no such key"}),
              "line 7: no such key");
    EXPECT_EQ(Told({"no such key", "no such key"}), "no such key");
}

TEST(GdalErrors, TellTheLatestFailureAfterALongOne)
{
    const std::string osLong(5000, 'x');

    EXPECT_NE(Told({osLong, "cannot read line 7"}).find("; cannot read line 7"),
              std::string::npos);
    EXPECT_LT(Told({osLong, osLong + "y"}).size(), size_t{RT_ERROR_TEXT_BYTES});
}
