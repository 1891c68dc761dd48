/* test_band_sums.cpp - statistics of more pixels than a test can have. */
#include "gdal/copy/band_sums.h"
#include "helper.h"

/* Joins the sums with themselves until there are 2^nDoubled times as many
 * pixels. */
static RetileBandSums Doubled(RetileBandSums oSums, int nDoubled)
{
    for (int i = 0; i < nDoubled; i++) {
        const RetileBandSums oSame = oSums;

        oSums.Join(oSame);
    }
    return oSums;
}

static RetileBandSums Sums(std::initializer_list<double> adfValues, bool bWhole)
{
    RetileBandSums oSums;

    for (const double dfValue : adfValues) {
        oSums.nAll++;
        oSums.Add(dfValue, bWhole);
    }
    return oSums;
}

/* 2^44 pixels. 64-bit sums of squares wrap above 2^32 of them. */
TEST(BandSums, OfWholeNumbersDoNotWrap)
{
    for (const auto &adfValues : {std::initializer_list<double>{65535, 65533},
                                  {-32768, -32766},
                                  {255, 253}}) {
        const double dfFirst = *adfValues.begin();
        const double dfSecond = *(adfValues.begin() + 1);
        const CPLStringList aosItems(
            Doubled(Sums(adfValues, true), 43).Items(true));

        EXPECT_EQ(CPLAtof(aosItems.FetchNameValue("STATISTICS_MEAN")),
                  (dfFirst + dfSecond) / 2);
        EXPECT_EQ(CPLAtof(aosItems.FetchNameValue("STATISTICS_STDDEV")), 1);
        EXPECT_STREQ(aosItems.FetchNameValue("STATISTICS_VALID_PERCENT"),
                     "100");
    }
}

TEST(BandSums, OfOtherNumbersJoinWithoutSums)
{
    const CPLStringList aosItems(
        Doubled(Sums({4e9 + 1, 4e9 - 1}, false), 43).Items(false));

    EXPECT_EQ(CPLAtof(aosItems.FetchNameValue("STATISTICS_MEAN")), 4e9);
    EXPECT_EQ(CPLAtof(aosItems.FetchNameValue("STATISTICS_STDDEV")), 1);
}

TEST(BandSums, WithoutPixelsHaveNoItems)
{
    RetileBandSums oSums;

    oSums.nAll = 5;
    EXPECT_EQ(Doubled(oSums, 3).Items(true).size(), 0);
    oSums.Join(Sums({7}, true));
    EXPECT_EQ(oSums.nAll, 6u);
    EXPECT_STREQ(oSums.Items(true).FetchNameValue("STATISTICS_MINIMUM"), "7");
}
