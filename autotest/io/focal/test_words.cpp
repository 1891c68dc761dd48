/* test_words.cpp - the words of FOCAL. */
#include <string>

#include <gtest/gtest.h>

#include "cpl_string.h"
#include "io/focal/words.h"

namespace
{

struct Words {
    rt_focal_words s{};
    rt_error err{};
    rt_status eStatus;

    explicit Words(const char *pszText)
        : eStatus(rt_focal_words_parse(pszText, &s, &err))
    {
    }
    ~Words() { rt_focal_words_free(&s); }
    Words(const Words &) = delete;
    Words &operator=(const Words &) = delete;

    std::string Options() const
    {
        std::string osAll;
        for (int i = 0; i < CSLCount(s.options); i++)
            osAll += std::string(s.options[i]) + "|";
        return osAll;
    }
};

} // namespace

TEST(FocalWords, TheFirstWordIsTheModeAndTheRestAreOptions)
{
    const Words oWords("  hillshade\t-z 2  -combined ");

    ASSERT_EQ(oWords.eStatus, RT_OK) << oWords.err.text;
    EXPECT_STREQ(oWords.s.mode, "hillshade");
    EXPECT_EQ(oWords.Options(), "-z|2|-combined|");
    EXPECT_EQ(oWords.s.color_path, nullptr);
    EXPECT_EQ(oWords.s.band, 0);
    EXPECT_FALSE(oWords.s.scaled);
}

TEST(FocalWords, QuotesAreThoseOfAShell)
{
    const Words oWords(
        "color-relief 'my \"own\" \\file'\\ \"a \\\"b\\\" \\c\"'' "
        "-al\"ph\"a");

    ASSERT_EQ(oWords.eStatus, RT_OK) << oWords.err.text;
    EXPECT_STREQ(oWords.s.color_path, "my \"own\" \\file a \"b\" \\c");
    EXPECT_EQ(oWords.Options(), "-alpha|");
}

TEST(FocalWords, AnOpenQuoteIsRefused)
{
    for (const char *pszText : {"slope '", "slope \"a'", "slope \"a\\\""}) {
        const Words oWords(pszText);
        EXPECT_EQ(oWords.eStatus, RT_ERR_ARGUMENT) << pszText;
        EXPECT_NE(std::string(oWords.err.text).find("quote"),
                  std::string::npos);
    }
}

TEST(FocalWords, TheBandIsTakenOutAndQuietIsDropped)
{
    const Words oWords("slope -q -b 3 -p -quiet");

    ASSERT_EQ(oWords.eStatus, RT_OK) << oWords.err.text;
    EXPECT_EQ(oWords.s.band, 3);
    EXPECT_EQ(oWords.Options(), "-p|");
}

TEST(FocalWords, BandsAreNumbersFromOne)
{
    for (const char *pszText :
         {"slope -b", "slope -b 0", "slope -b -1", "slope -b 1x", "slope -b ''",
          "slope -b 99999999999999999999"})
        EXPECT_EQ(Words(pszText).eStatus, RT_ERR_ARGUMENT) << pszText;
}

TEST(FocalWords, AScaleIsNoticedUnderAllItsNames)
{
    for (const char *pszText :
         {"slope -s 1", "slope --scale 2", "slope -xscale 1 -yscale 2"})
        EXPECT_TRUE(Words(pszText).s.scaled) << pszText;
    EXPECT_FALSE(Words("hillshade -z 2 -az 100").s.scaled);
}

TEST(FocalWords, AValueIsNoFileOfColours)
{
    const Words oWords("color-relief -z 2 c.txt");

    ASSERT_EQ(oWords.eStatus, RT_OK) << oWords.err.text;
    EXPECT_STREQ(oWords.s.color_path, "c.txt");
    EXPECT_EQ(oWords.Options(), "-z|2|");
}

TEST(FocalWords, WhatTheCommandAloneKnowsIsRefusedByName)
{
    for (const char *pszOption : {"-of", "-f", "-co"}) {
        const Words oWords(CPLSPrintf("slope %s GTiff", pszOption));
        EXPECT_EQ(oWords.eStatus, RT_ERR_ARGUMENT);
        EXPECT_NE(std::string(oWords.err.text)
                      .find(std::string(": ") + pszOption + " is"),
                  std::string::npos)
            << oWords.err.text;
    }
}

TEST(FocalWords, OptionsThatGdalRefusesHaveItsMessage)
{
    const Words oWords("slope -mad");
    GDALDEMProcessingOptions *psOptions = nullptr;
    rt_error err;

    EXPECT_EQ(rt_focal_words_options(&oWords.s, nullptr, &psOptions, &err),
              RT_ERR_ARGUMENT);
    EXPECT_EQ(psOptions, nullptr);
    EXPECT_NE(std::string(err.text).find("FOCAL=slope -mad: "),
              std::string::npos);
    EXPECT_NE(std::string(err.text).find("-mad", 20), std::string::npos);
}

TEST(FocalWords, OptionsAreGdals)
{
    const Words oWords("hillshade -z 2 -alt 30");
    GDALDEMProcessingOptions *psOptions = nullptr;
    rt_error err;

    ASSERT_EQ(rt_focal_words_options(&oWords.s, nullptr, &psOptions, &err),
              RT_OK)
        << err.text;
    EXPECT_NE(psOptions, nullptr);
    GDALDEMProcessingOptionsFree(psOptions);
}
