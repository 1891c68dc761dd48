/* test_creation_options.cpp - the creation options of -of RETILE. */
#include <thread>

#include "cpl_minixml.h"
#include "cpl_multiproc.h"
#include "gdal/base/shared_cache.h"
#include "gdal/copy/creation_options.h"
#include "gdal/driver_class.h"
#include "helper.h"

static GDALDriver *Driver(const char *pszName)
{
    return GetGDALDriverManager()->GetDriverByName(pszName);
}

/* The options of a list by name, with their defaults. */
static std::map<std::string, std::string> Declared(const char *pszList)
{
    const CPLXMLTreeCloser oList(CPLParseXMLString(pszList));
    std::map<std::string, std::string> oOptions;

    EXPECT_TRUE(oList);
    for (const CPLXMLNode *psOption = oList ? oList->psChild : nullptr;
         psOption != nullptr; psOption = psOption->psNext)
        EXPECT_TRUE(oOptions
                        .emplace(CPLGetXMLValue(psOption, "name", ""),
                                 CPLGetXMLValue(psOption, "default", ""))
                        .second)
            << "twice: " << CPLGetXMLValue(psOption, "name", "");
    return oOptions;
}

TEST(CreationOptions, AreGTiffsAndOurs)
{
    auto oTheirs =
        Declared(Driver("GTiff")->GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST));
    const auto oOurs = Declared(
        Driver("RETILE")->GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST));

    for (const char *pszName : {"COPY_SRC_OVERVIEWS", "STREAMABLE_OUTPUT"}) {
        EXPECT_EQ(oTheirs.erase(pszName), 1u) << pszName;
        EXPECT_EQ(oOurs.count(pszName), 0u) << pszName;
    }
    for (const char *pszName :
         {"BLOCKXSIZE", "BLOCKYSIZE", "NUM_THREADS", "TILED", "PREDICTOR"}) {
        oTheirs.erase(pszName);
        EXPECT_EQ(oOurs.count(pszName), 1u) << pszName;
    }
    for (const auto &oOption : oTheirs) {
        const auto oFound = oOurs.find(oOption.first);
        ASSERT_NE(oFound, oOurs.end()) << oOption.first;
        EXPECT_EQ(oFound->second, oOption.second) << oOption.first;
    }
    EXPECT_EQ(oOurs.at("BLOCKXSIZE"), "512");
    EXPECT_EQ(oOurs.at("BLOCKYSIZE"), "512");
    EXPECT_EQ(oOurs.at("NUM_THREADS"), "ALL_CPUS");
    for (const char *pszName : {"LAYOUT", "MEMORY_MAX", "SPILL", "PASSTHROUGH",
                                "PAD_EDGES", "PAD_VALUE", "CACHE", "CACHE_MAX"})
        EXPECT_EQ(oOurs.count(pszName), 1u) << pszName;
}

TEST(CreationOptions, AreShownAmongAllMetadataOfTheDriver)
{
    CSLConstList papszAll = Driver("RETILE")->GetMetadata();

    EXPECT_STREQ(
        CSLFetchNameValue(papszAll, GDAL_DMD_CREATIONOPTIONLIST),
        Driver("RETILE")->GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST));
    EXPECT_STREQ(CSLFetchNameValue(papszAll, GDAL_DCAP_OPEN), "YES");
}

/* Puts a driver back before those that were after it: others read TIFFs too. */
static void Register(GDALDriver *poDriver,
                     const std::vector<GDALDriver *> &apoAfterIt)
{
    GetGDALDriverManager()->RegisterDriver(poDriver);
    for (GDALDriver *poOther : apoAfterIt) {
        GetGDALDriverManager()->DeregisterDriver(poOther);
        GetGDALDriverManager()->RegisterDriver(poOther);
    }
}

TEST(CreationOptions, OfADriverThatIsRegisteredFirstAreCompletedLater)
{
    GDALDriver *poGTiff = Driver("GTiff");
    std::vector<GDALDriver *> apoAfterIt;
    for (int i = GetGDALDriverManager()->GetDriverCount() - 1;
         GetGDALDriverManager()->GetDriver(i) != poGTiff; i--)
        apoAfterIt.insert(apoAfterIt.begin(),
                          GetGDALDriverManager()->GetDriver(i));
    RetileDriver oDriver;

    oDriver.SetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST,
                            RetileCreationOptionList(nullptr, nullptr).c_str());
    GetGDALDriverManager()->DeregisterDriver(poGTiff);
    const auto oBefore =
        Declared(oDriver.GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST));
    EXPECT_EQ(oBefore.count("LAYOUT"), 1u);
    EXPECT_EQ(oBefore.count("COMPRESS"), 0u);
    Register(poGTiff, apoAfterIt);
    const auto oAfter =
        Declared(oDriver.GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST));
    EXPECT_EQ(oAfter.count("LAYOUT"), 1u);
    EXPECT_EQ(oAfter.count("COMPRESS"), 1u);
}

TEST(CreationOptions, HaveTheValuesOfBothDrivers)
{
    const std::string osList = RetileCreationOptionList(
        "<L><Option name='INTERLEAVE' type='string-select'>"
        "<Value>BAND</Value><Value>PIXEL</Value></Option></L>",
        "<L><Option name='interleave' type='string-select'><Value>band</Value>"
        "<Value>TILE</Value></Option><Option name='LEVEL' type='int'/></L>");

    for (const char *pszValue : {">BAND<", ">PIXEL<", ">TILE<"})
        EXPECT_NE(osList.find(pszValue), std::string::npos) << osList;
    EXPECT_EQ(osList.find(">band<"), std::string::npos) << osList;
    EXPECT_EQ(osList.find("\"interleave\""), std::string::npos) << osList;
}

TEST(CreationOptions, AreTheSameForAllThreads)
{
    RetileDriver oDriver;
    const char *apszSeen[8] = {};
    std::vector<std::thread> aoThreads;

    for (const char *&pszSeen : apszSeen)
        aoThreads.emplace_back([&oDriver, &pszSeen]() {
            pszSeen = oDriver.GetMetadataItem(GDAL_DMD_CREATIONOPTIONLIST);
        });
    for (std::thread &oThread : aoThreads)
        oThread.join();
    for (const char *pszSeen : apszSeen)
        EXPECT_EQ(pszSeen, apszSeen[0]);
    EXPECT_NE(apszSeen[0], nullptr);
}

TEST(CreationOptions, OfGTiffAreHandedOnAndOursAreNot)
{
    const CPLStringList aosAll = ToList(
        {"LAYOUT=GTIFF", "COMPRESS=LZW", "MEMORY_MAX=1GB", "NUM_THREADS=3",
         "SPILL=DISK", "PASSTHROUGH=NO", "PAD_EDGES=YES", "PAD_VALUE=1",
         "CACHE=NONE", "CACHE_MAX=1MB", "BLOCKXSIZE=64", "WORLDFILE=YES"});
    const CPLStringList aosGTiff(RetileGTiffOptions(aosAll.List()));
    Options aosLeft;

    for (int i = 0; i < aosGTiff.size(); i++)
        aosLeft.push_back(aosGTiff[i]);
    EXPECT_EQ(aosLeft,
              (Options{"COMPRESS=LZW", "BLOCKXSIZE=64", "WORLDFILE=YES"}));
    EXPECT_EQ(RetileGTiffOptions(nullptr).size(), 0);
}

static RetileCopyOptions Parsed(const Options &aosOptions)
{
    const CPLStringList aosList = ToList(aosOptions);
    RetileCopyOptions oOptions;
    rt_error err = {};

    EXPECT_EQ(RetileParseCopyOptions(aosList.List(), oOptions, &err), RT_OK)
        << err.text;
    return oOptions;
}

TEST(CopyOptions, HaveTheDefaultsOfTheConfiguration)
{
    const Config oCache("RETILE_CACHEMAX", "33MB");
    const Config oOurs("RETILE_NUM_THREADS", nullptr);
    const Config oGdal("GDAL_NUM_THREADS", nullptr);
    const RetileCopyOptions oOptions = Parsed({});

    EXPECT_EQ(oOptions.nBlockXSize, 512);
    EXPECT_EQ(oOptions.nBlockYSize, 512);
    EXPECT_EQ(oOptions.nMemoryMax, uint64_t{33} << 20);
    EXPECT_EQ(oOptions.nThreads, CPLGetNumCPUs());
    EXPECT_EQ(oOptions.eSpill, RT_SPILL_AUTO);
    EXPECT_EQ(oOptions.ePassthrough, RetilePassthrough::Auto);
}

TEST(CopyOptions, AreTakenAsGiven)
{
    const RetileCopyOptions oOptions =
        Parsed({"BLOCKXSIZE=64", "BLOCKYSIZE=1040", "MEMORY_MAX=1.5 GB",
                "NUM_THREADS=3", "SPILL=disk", "PASSTHROUGH=REQUIRED"});

    EXPECT_EQ(oOptions.nBlockXSize, 64);
    EXPECT_EQ(oOptions.nBlockYSize, 1040);
    EXPECT_EQ(oOptions.nMemoryMax, uint64_t{3} << 29);
    EXPECT_EQ(oOptions.nThreads, 3);
    EXPECT_EQ(oOptions.eSpill, RT_SPILL_DISK);
    EXPECT_EQ(oOptions.ePassthrough, RetilePassthrough::Required);
    EXPECT_EQ(Parsed({"SPILL=NONE"}).eSpill, RT_SPILL_NONE);
    EXPECT_EQ(Parsed({"SPILL=MEMORY"}).eSpill, RT_SPILL_MEMORY);
    EXPECT_EQ(Parsed({"PASSTHROUGH=no"}).ePassthrough, RetilePassthrough::No);
}

TEST(CopyOptions, TakeThreadsFromTheOptionThenOursThenGdals)
{
    const Config oGdal("GDAL_NUM_THREADS", "5");
    EXPECT_EQ(Parsed({}).nThreads, 5);
    const Config oOurs("RETILE_NUM_THREADS", "6");
    EXPECT_EQ(Parsed({}).nThreads, 6);
    EXPECT_EQ(Parsed({"NUM_THREADS=7"}).nThreads, 7);
    EXPECT_EQ(Parsed({"NUM_THREADS=all_cpus"}).nThreads, CPLGetNumCPUs());
}

static void ExpectWrong(const std::string &osOption, const char *pszRight)
{
    const CPLStringList aosList = ToList({osOption});
    RetileCopyOptions oOptions;
    rt_error err = {};
    const std::string osName = osOption.substr(0, osOption.find('='));

    EXPECT_NE(RetileParseCopyOptions(aosList.List(), oOptions, &err), RT_OK)
        << osOption;
    EXPECT_EQ(std::string(err.text).find(osName), 0u) << err.text;
    EXPECT_NE(std::string(err.text).find(pszRight), std::string::npos)
        << err.text;
    EXPECT_EQ(std::string(err.text).find('\n'), std::string::npos);
}

TEST(CopyOptions, AreRefusedWithWhatIsAllowed)
{
    for (const char *pszSize :
         {"", "0", "-16", "17", "64px", "99999999999", "16.5", "4294967312"}) {
        ExpectWrong(std::string("BLOCKXSIZE=") + pszSize, "multiple of 16");
        ExpectWrong(std::string("BLOCKYSIZE=") + pszSize, "multiple of 16");
    }
    for (const char *pszSize : {"", "much", "-1MB", "1.5", "101%"})
        ExpectWrong(std::string("MEMORY_MAX=") + pszSize, "KB, MB or GB");
    for (const char *pszSize : {"0", "10KB"})
        ExpectWrong(std::string("MEMORY_MAX=") + pszSize, "1MB or more");
    ExpectWrong("MEMORY_MAX=256", "write 256MB");
    for (const char *pszThreads : {"", "0", "-1", "two", "2x", "99999999999"})
        ExpectWrong(std::string("NUM_THREADS=") + pszThreads, "ALL_CPUS");
    ExpectWrong("SPILL=TAPE", "AUTO, NONE, MEMORY or DISK");
    ExpectWrong("SPILL=", "AUTO, NONE, MEMORY or DISK");
    ExpectWrong("PASSTHROUGH=YES", "AUTO, NO or REQUIRED");
}

TEST(CopyOptions, NameTheConfigurationOptionThatIsWrong)
{
    const Config oThreads("RETILE_NUM_THREADS", "many");
    RetileCopyOptions oOptions;
    rt_error err = {};

    EXPECT_EQ(RetileParseCopyOptions(nullptr, oOptions, &err), RT_ERR_ARGUMENT);
    EXPECT_EQ(std::string(err.text).find("RETILE_NUM_THREADS=many"), 0u)
        << err.text;
}
