/* test_descriptor.cpp - descriptors as files: written by CreateCopy, moved,
 * deleted, and what PAM keeps beside them. */
#include <sys/stat.h>
#include <unistd.h>

#include "gdal/base/descriptor.h"
#include "helper.h"

class DescriptorFile : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        m_osFolder = NewFolder();
        WriteTiff(m_osFolder + "/s.tif", {});
    }

    std::string Path(const std::string &osName) const
    {
        return m_osFolder + "/" + osName;
    }

    Options Files() const { return FileNames(m_osFolder); }

    void ExpectShows(const std::string &osView, const std::string &osSource)
    {
        const WorkingFolder oElsewhere("/");
        const auto poView = Open(osView);
        ASSERT_NE(poView, nullptr);
        EXPECT_TRUE(ReadBand(poView->GetRasterBand(1)) ==
                    ReadBand(Open(osSource)->GetRasterBand(1)));
    }

    std::string m_osFolder{};
};

static GDALDriver *Retile()
{
    return GetGDALDriverManager()->GetDriverByName("RETILE");
}

static GDALDatasetUniquePtr Copy(const std::string &osTo, GDALDataset *poFrom,
                                 const Options &aosOptions = {})
{
    CPLStringList aosList = ToList(aosOptions);

    return GDALDatasetUniquePtr(Retile()->CreateCopy(
        osTo.c_str(), poFrom, FALSE, aosList.List(), nullptr, nullptr));
}

static std::string ReadText(const std::string &osPath)
{
    GByte *pabyText = nullptr;
    EXPECT_TRUE(VSIIngestFile(nullptr, osPath.c_str(), &pabyText, nullptr, -1));
    const std::string osText(reinterpret_cast<char *>(pabyText));
    VSIFree(pabyText);
    return osText;
}

static std::string BlockX(const std::string &osView)
{
    const auto poView = Open(osView);
    return poView ? Item(poView.get(), "BLOCKXSIZE", "RETILE") : "none";
}

TEST_F(DescriptorFile, NamesASourceInItsFolderRelatively)
{
    ASSERT_NE(Copy(Path("v.retile"), Open(Path("s.tif")).get()), nullptr);

    EXPECT_EQ(ReadText(Path("v.retile")).find(m_osFolder), std::string::npos);
    ExpectShows(Path("v.retile"), Path("s.tif"));
}

TEST_F(DescriptorFile, NamesASourceBelowItsFolderRelatively)
{
    VSIMkdir(Path("below").c_str(), 0755);
    WriteTiff(Path("below/t.tif"), {});
    ASSERT_NE(Copy(Path("v.retile"), Open(Path("below/t.tif")).get()), nullptr);

    EXPECT_EQ(ReadText(Path("v.retile")).find(m_osFolder), std::string::npos);
    ExpectShows(Path("v.retile"), Path("below/t.tif"));
}

TEST_F(DescriptorFile, NamesASourceElsewhereAbsolutely)
{
    const std::string osOther = NewFolder();
    {
        const WorkingFolder oHere(m_osFolder);
        ASSERT_NE(Copy(osOther + "/v.retile", Open("s.tif").get()), nullptr);
    }

    EXPECT_NE(ReadText(osOther + "/v.retile").find(m_osFolder),
              std::string::npos);
    ExpectShows(osOther + "/v.retile", Path("s.tif"));
}

TEST_F(DescriptorFile, WrittenByARelativeNameOpensFromElsewhere)
{
    {
        const WorkingFolder oHere(m_osFolder);
        ASSERT_NE(Copy("v.retile", Open("s.tif").get()), nullptr);
    }
    ExpectShows(Path("v.retile"), Path("s.tif"));
}

TEST_F(DescriptorFile, NamesAFileInAConnectionStringAbsolutely)
{
    GDALDriver *poNetcdf = GetGDALDriverManager()->GetDriverByName("netCDF");
    if (poNetcdf == nullptr)
        GTEST_SKIP() << "no netCDF";
    GDALClose(poNetcdf->CreateCopy(Path("f.nc").c_str(),
                                   Open(Path("s.tif")).get(), FALSE, nullptr,
                                   nullptr, nullptr));
    {
        const WorkingFolder oHere(m_osFolder);
        const auto poSource = Open("NETCDF:\"f.nc\":Band1");
        ASSERT_NE(poSource, nullptr);
        ASSERT_NE(Copy("v.retile", poSource.get()), nullptr);
    }
    ExpectShows(Path("v.retile"), "NETCDF:\"" + Path("f.nc") + "\":Band1");
}

/* Slashes are not paths. A text that a number cannot express stays a text. */
TEST(DescriptorText, IsReadAsItWasWritten)
{
    RetileDescriptor oWritten, oRead;
    rt_error oError{};

    oWritten.osSource = "a.tif";
    oWritten.aosSourceOptions.SetNameValue("X/Y", "2");
    oWritten.oOptions = {{"A/B", "1"}, {"C", "007"}, {"D", "-5"}, {"E", "x/y"}};
    ASSERT_EQ(RetileReadDescriptor(RetileDescriptorText(oWritten).c_str(),
                                   oRead, &oError),
              RT_OK)
        << oError.text;
    EXPECT_EQ(oRead.osSource, oWritten.osSource);
    EXPECT_EQ(oRead.oOptions, oWritten.oOptions);
    EXPECT_STREQ(oRead.aosSourceOptions.FetchNameValue("X/Y"), "2");
}

TEST_F(DescriptorFile, KeepsTheSourcesOpenOptions)
{
    const auto poSource = Open(Path("s.tif"), {"NUM_THREADS=2"});
    ASSERT_NE(Copy(Path("v.retile"), poSource.get()), nullptr);

    EXPECT_NE(ReadText(Path("v.retile")).find("NUM_THREADS"),
              std::string::npos);
    ExpectShows(Path("v.retile"), Path("s.tif"));
}

TEST_F(DescriptorFile, OfAViewNamesTheViewsSourceAndKeepsItsOptions)
{
    const auto poView =
        Open("RETILE:" + Path("s.tif"), {"BLOCKXSIZE=48", "PAD_EDGES=YES"});
    ASSERT_NE(Copy(Path("v.retile"), poView.get(), {"BLOCKYSIZE=20"}), nullptr);

    EXPECT_EQ(ReadText(Path("v.retile")).find("RETILE:"), std::string::npos);
    const auto poAgain = Open(Path("v.retile"));
    EXPECT_EQ(Item(poAgain.get(), "BLOCKXSIZE", "RETILE"), "48");
    EXPECT_EQ(Item(poAgain.get(), "BLOCKYSIZE", "RETILE"), "20");
    EXPECT_EQ(poAgain->GetRasterXSize(), 144);
    EXPECT_EQ(poAgain->GetRasterYSize(), 80);
}

TEST_F(DescriptorFile, OptionsOfCreationWinOverTheViews)
{
    const auto poView = Open("RETILE:" + Path("s.tif"), {"BLOCKXSIZE=48"});
    ASSERT_NE(Copy(Path("v.retile"), poView.get(), {"BLOCKXSIZE=30"}), nullptr);

    EXPECT_EQ(BlockX(Path("v.retile")), "30");
}

class Refused : public DescriptorFile
{
  protected:
    /* Expects one failure that contains osSays, and an unchanged folder. */
    void ExpectRefusedCopy(const std::string &osTo, GDALDataset *poFrom,
                           const Options &aosOptions, const std::string &osSays)
    {
        const Options aosBefore = Files();
        Errors oErrors;

        EXPECT_TRUE(Copy(osTo, poFrom, aosOptions) == nullptr) << osSays;
        EXPECT_EQ(oErrors.nFailures, 1) << oErrors.osText;
        EXPECT_NE(oErrors.osText.find(osSays), std::string::npos)
            << oErrors.osText;
        EXPECT_EQ(Files(), aosBefore);
    }
};

TEST_F(Refused, SourceInMemoryWithoutAName)
{
    const GDALDatasetUniquePtr poMem(
        GetGDALDriverManager()->GetDriverByName("MEM")->Create(
            "name", 5, 5, 1, GDT_Byte, nullptr));

    ExpectRefusedCopy(Path("v.retile"), poMem.get(), {}, "MEM");
}

TEST_F(Refused, VrtWithoutAName)
{
    const auto poSource = Open(Path("s.tif"));
    const GDALDatasetUniquePtr poVrt(
        GetGDALDriverManager()->GetDriverByName("VRT")->CreateCopy(
            "", poSource.get(), FALSE, nullptr, nullptr, nullptr));

    ExpectRefusedCopy(Path("v.retile"), poVrt.get(), {}, "VRT");
}

TEST_F(Refused, LayoutsThatThereAreNotByName)
{
    const auto poSource = Open(Path("s.tif"));

    ExpectRefusedCopy(Path("v.tif"), poSource.get(), {"LAYOUT=MRF"},
                      "LAYOUT=MRF");
    ExpectRefusedCopy(Path("v.retile"), poSource.get(), {"LAYOUT=PDF"},
                      "LAYOUT=PDF");
}

TEST_F(Refused, MalformedOptionsOfCreation)
{
    const auto poSource = Open(Path("s.tif"));

    ExpectRefusedCopy(Path("v.retile"), poSource.get(), {"BLOCKXSIZE=0"},
                      "BLOCKXSIZE");
}

TEST_F(Refused, FolderThatIsNotThere)
{
    const auto poSource = Open(Path("s.tif"));

    ExpectRefusedCopy(Path("none/v.retile"), poSource.get(), {},
                      "none/v.retile");
}

TEST_F(Refused, FolderThatCannotBeWrittenTo)
{
    if (geteuid() == 0)
        GTEST_SKIP() << "root writes everywhere";
    const auto poSource = Open(Path("s.tif"));
    ASSERT_EQ(chmod(m_osFolder.c_str(), 0555), 0);

    ExpectRefusedCopy(Path("v.retile"), poSource.get(), {}, "v.retile");
    EXPECT_EQ(chmod(m_osFolder.c_str(), 0755), 0);
}

TEST_F(Refused, NameOfAFolderLeavesNothingBeside)
{
    const auto poSource = Open(Path("s.tif"));
    VSIMkdir(Path("v.retile").c_str(), 0755);

    ExpectRefusedCopy(Path("v.retile"), poSource.get(), {}, "v.retile");
}

TEST_F(Refused, CancelledCopy)
{
    const auto poSource = Open(Path("s.tif"));
    Errors oErrors;

    EXPECT_EQ(Retile()->CreateCopy(
                  Path("v.retile").c_str(), poSource.get(), FALSE, nullptr,
                  [](double, const char *, void *) { return FALSE; }, nullptr),
              nullptr);
    EXPECT_EQ(oErrors.nFailures, 1);
    EXPECT_FALSE(Exists(Path("v.retile")));
}

TEST_F(DescriptorFile, DeleteKeepsTheSource)
{
    WriteText(Path("v.retile"), Descriptor("s.tif"));
    WriteText(Path("v.retile.aux.xml"), "<PAMDataset/>");
    WriteText(Path("s.tif.aux.xml"), "<PAMDataset/>");

    EXPECT_EQ(Retile()->Delete(Path("v.retile").c_str()), CE_None);
    EXPECT_EQ(Files(), (Options{"s.tif", "s.tif.aux.xml"}));
}

TEST_F(DescriptorFile, DeleteOfAPrefixIsRefused)
{
    for (const std::string &osName :
         {"RETILE:" + Path("s.tif"), Descriptor(Path("s.tif"))}) {
        Errors oErrors;

        EXPECT_EQ(Retile()->Delete(osName.c_str()), CE_Failure);
        EXPECT_EQ(oErrors.nFailures, 1);
        EXPECT_EQ(Files(), Options{"s.tif"});
    }
}

TEST_F(DescriptorFile, DeleteByGdalWithoutNamingTheDriverKeepsTheSource)
{
    WriteText(Path("v.retile"), Descriptor("s.tif"));

    EXPECT_EQ(GDALDriver::QuietDelete(Path("v.retile").c_str()), CE_None);
    EXPECT_EQ(Files(), Options{"s.tif"});
}

TEST_F(DescriptorFile, RenameIntoAnotherFolderStillOpens)
{
    const std::string osNew = NewFolder() + "/w.retile";
    WriteText(Path("v.retile"), Descriptor("s.tif", "\"BLOCKXSIZE\":33"));
    WriteText(Path("v.retile.aux.xml"), "<PAMDataset/>");

    EXPECT_EQ(Retile()->Rename(osNew.c_str(), Path("v.retile").c_str()),
              CE_None);
    ExpectShows(osNew, Path("s.tif"));
    EXPECT_EQ(BlockX(osNew), "33");
    EXPECT_TRUE(Exists(osNew + ".aux.xml"));
    EXPECT_EQ(Files(), Options{"s.tif"});
}

TEST_F(DescriptorFile, RenameToItsOwnNameKeepsIt)
{
    WriteText(Path("v.retile"), Descriptor("s.tif"));

    Retile()->Rename(Path("v.retile").c_str(), Path("v.retile").c_str());
    EXPECT_TRUE(Exists(Path("v.retile")));
}

TEST_F(DescriptorFile, CopyFilesKeepsBothOpenable)
{
    const std::string osNew = NewFolder() + "/w.retile";
    WriteText(Path("v.retile"), Descriptor("s.tif"));

    EXPECT_EQ(Retile()->CopyFiles(osNew.c_str(), Path("v.retile").c_str()),
              CE_None);
    ExpectShows(osNew, Path("s.tif"));
    ExpectShows(Path("v.retile"), Path("s.tif"));
}

static void ComputeStatistics(GDALDataset *poView)
{
    double dfMin = 0, dfMax = 0, dfMean = 0, dfDev = 0;

    EXPECT_EQ(poView->GetRasterBand(1)->ComputeStatistics(
                  FALSE, &dfMin, &dfMax, &dfMean, &dfDev, nullptr, nullptr),
              CE_None);
    EXPECT_EQ(poView->GetRasterBand(1)->GetStatistics(FALSE, FALSE, &dfMin,
                                                      &dfMax, nullptr, nullptr),
              CE_None);
}

TEST_F(DescriptorFile, StatisticsOfAPrefixLeaveNoFileAnywhere)
{
    const WorkingFolder oHere(m_osFolder);

    for (const std::string &osName :
         {"RETILE:" + Path("s.tif"), std::string("RETILE:s.tif"),
          Descriptor("s.tif")})
        ComputeStatistics(Open(osName).get());
    EXPECT_EQ(Files(), Options{"s.tif"});
}

TEST_F(DescriptorFile, StatisticsGoBesideItAndAreFoundAgain)
{
    WriteText(Path("v.retile"), Descriptor("s.tif"));
    ComputeStatistics(Open(Path("v.retile")).get());

    EXPECT_EQ(Files(), (Options{"s.tif", "v.retile", "v.retile.aux.xml"}));
    const auto poView = Open(Path("v.retile"));
    double dfMin = 0, dfMax = 0, dfMean = 0, dfDev = 0;
    EXPECT_EQ(poView->GetRasterBand(1)->GetStatistics(FALSE, FALSE, &dfMin,
                                                      &dfMax, &dfMean, &dfDev),
              CE_None);
    EXPECT_EQ(dfMin, 0);
    EXPECT_EQ(dfMax, 255);
    EXPECT_EQ(Item(Open("RETILE:" + Path("s.tif"))->GetRasterBand(1),
                   "STATISTICS_MAXIMUM"),
              "");
}

TEST_F(DescriptorFile, ListsItselfItsStatisticsThenItsSource)
{
    WriteText(Path("v.retile"), Descriptor("s.tif"));
    ComputeStatistics(Open(Path("v.retile")).get());
    const CPLStringList aosFiles(Open(Path("v.retile"))->GetFileList());

    ASSERT_EQ(aosFiles.size(), 3);
    EXPECT_EQ(aosFiles[0], Path("v.retile"));
    EXPECT_EQ(aosFiles[1], Path("v.retile.aux.xml"));
    EXPECT_EQ(aosFiles[2], Path("s.tif"));
}
