/* test_keep_existing.cpp - a copy that fails leaves the older file. Only copies
 * do that. */
#include <functional>
#include <thread>

#include "gdal_utils.h"
#include "helper.h"

namespace
{

GDALDriver *Retile()
{
    return GetGDALDriverManager()->GetDriverByName("RETILE");
}

std::string ReadText(const std::string &osPath)
{
    GByte *pabyBytes = nullptr;
    vsi_l_offset nBytes = 0;

    if (!VSIIngestFile(nullptr, osPath.c_str(), &pabyBytes, &nBytes, -1))
        return "(missing)";
    const std::string osText(reinterpret_cast<char *>(pabyBytes),
                             static_cast<size_t>(nBytes));
    VSIFree(pabyBytes);
    return osText;
}

/* GDAL's first call when it looks for an older file. */
GDALDatasetUniquePtr Look(const std::string &osPath,
                          unsigned nFlags = GDAL_OF_RASTER)
{
    const char *const apszRetile[] = {"RETILE", nullptr};
    const Errors oErrors;

    return GDALDatasetUniquePtr(
        GDALDataset::Open(osPath.c_str(), nFlags, apszRetile));
}

std::string Identified(const std::string &osPath)
{
    GDALDriverH hDriver = GDALIdentifyDriver(osPath.c_str(), nullptr);

    return hDriver == nullptr ? "" : GDALGetDriverShortName(hDriver);
}

/* A source that GDALDriver::CreateCopy asks for something first. */
class Asked final : public GDALDataset
{
  public:
    explicit Asked(std::function<void()> oWork) : m_oWork(std::move(oWork)) {}
    const char *GetMetadataItem(const char * /* pszName */,
                                const char * /* pszDomain */) override
    {
        if (m_oWork)
            std::exchange(m_oWork, nullptr)();
        return nullptr;
    }

  private:
    std::function<void()> m_oWork;
};

/* Does oWork where GDAL looks for an older file, and finds none. */
void InACopy(const std::function<void()> &oWork)
{
    Asked oSource(oWork);
    const Errors oErrors;

    EXPECT_EQ(Retile()->CreateCopy("/vsimem/of_no_bands.tif", &oSource, FALSE,
                                   nullptr, nullptr, nullptr),
              nullptr);
}

/* A source, and a folder for targets. */
class KeepExisting : public ::testing::Test
{
  protected:
    void SetUp() override { WriteTiff(m_osSource, Recipe()); }

    /* A copy with an option that no layout accepts. */
    void FailToCopy(const std::string &osTarget)
    {
        const GDALDatasetUniquePtr poSource = Open(m_osSource);
        const CPLStringList aosOptions(ToList({"LAYOUT=PILE"}));
        const Errors oErrors;

        EXPECT_EQ(Retile()->CreateCopy(osTarget.c_str(), poSource.get(), FALSE,
                                       aosOptions.List(), nullptr, nullptr),
                  nullptr);
        EXPECT_EQ(oErrors.nFailures, 1) << oErrors.osText;
    }

    void Copy(const std::string &osTarget)
    {
        const GDALDatasetUniquePtr poSource = Open(m_osSource);

        GDALDatasetUniquePtr(Retile()->CreateCopy(osTarget.c_str(),
                                                  poSource.get(), FALSE,
                                                  nullptr, nullptr, nullptr));
    }

    const std::string m_osFolder = NewFolder();
    const std::string m_osSource = m_osFolder + "/scene.tif";
    const std::string m_osTiff = m_osFolder + "/older.tif";
    const std::string m_osView = m_osFolder + "/older.retile";
};

TEST_F(KeepExisting, AFailedCopyLeavesAnOlderTiff)
{
    WriteTiff(m_osTiff, Recipe());
    const std::string osBefore = ReadText(m_osTiff);
    FailToCopy(m_osTiff);
    EXPECT_EQ(ReadText(m_osTiff), osBefore);
}

TEST_F(KeepExisting, AFailedCopyLeavesAnOlderFileInMemory)
{
    const std::string osPath = "/vsimem/older.tif";

    WriteTiff(osPath, Recipe());
    const std::string osBefore = ReadText(osPath);
    FailToCopy(osPath);
    EXPECT_EQ(ReadText(osPath), osBefore);
    VSIUnlink(osPath.c_str());
}

TEST_F(KeepExisting, AFailedCopyLeavesAnOlderViewOfTheSameSource)
{
    WriteText(m_osView, Descriptor("scene.tif"));
    WriteText(m_osView + ".aux.xml", "<PAMDataset/>");
    const std::string osBefore = ReadText(m_osView);
    FailToCopy(m_osView);
    EXPECT_EQ(ReadText(m_osView), osBefore);
    EXPECT_EQ(ReadText(m_osView + ".aux.xml"), "<PAMDataset/>");
    EXPECT_TRUE(Exists(m_osSource));
}

TEST_F(KeepExisting, AFailedCopyLeavesAnOlderViewOfAView)
{
    WriteText(m_osView, Descriptor("inner.retile"));
    WriteText(m_osFolder + "/inner.retile", Descriptor("scene.tif"));
    FailToCopy(m_osView);
    EXPECT_EQ(ReadText(m_osView), Descriptor("inner.retile"));
    EXPECT_TRUE(Exists(m_osFolder + "/inner.retile"));
}

TEST_F(KeepExisting, AFailedCopyLeavesAnOlderViewThatDoesNotOpen)
{
    WriteText(m_osView, "{\"type\": \"RETILE\", ");
    FailToCopy(m_osView);
    EXPECT_EQ(ReadText(m_osView), "{\"type\": \"RETILE\", ");
}

TEST_F(KeepExisting, AFailedTranslationLeavesOlderFiles)
{
    WriteTiff(m_osTiff, Recipe());
    WriteText(m_osView, Descriptor("scene.tif"));
    const std::string osTiff = ReadText(m_osTiff);
    for (const std::string &osTarget : {m_osTiff, m_osView}) {
        const GDALDatasetUniquePtr poSource = Open(m_osSource);
        const CPLStringList aosArguments(
            ToList({"-of", "retile", "-co", "LAYOUT=PILE"}));
        GDALTranslateOptions *psOptions = GDALTranslateOptionsNew(
            const_cast<CPLStringList &>(aosArguments).List(), nullptr);
        const Errors oErrors;

        EXPECT_EQ(GDALTranslate(osTarget.c_str(),
                                GDALDataset::ToHandle(poSource.get()),
                                psOptions, nullptr),
                  nullptr);
        GDALTranslateOptionsFree(psOptions);
    }
    EXPECT_EQ(ReadText(m_osTiff), osTiff);
    EXPECT_EQ(ReadText(m_osView), Descriptor("scene.tif"));
}

TEST_F(KeepExisting, ACopyReplacesAnOlderViewAndItsStatistics)
{
    WriteText(m_osView, Descriptor("gone.tif"));
    WriteText(m_osView + ".aux.xml", "<PAMDataset/>");
    Copy(m_osView);
    EXPECT_NE(ReadText(m_osView).find("scene.tif"), std::string::npos);
    EXPECT_FALSE(Exists(m_osView + ".aux.xml"));
}

TEST_F(KeepExisting, DeletingWorksAfterAFailedCopy)
{
    WriteTiff(m_osTiff, Recipe());
    WriteText(m_osView, Descriptor("scene.tif"));
    FailToCopy(m_osTiff);
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
    EXPECT_EQ(GDALDeleteDataset(nullptr, m_osTiff.c_str()), CE_None);
    EXPECT_FALSE(Exists(m_osTiff));
    FailToCopy(m_osView);
    EXPECT_EQ(GDALDeleteDataset(nullptr, m_osView.c_str()), CE_None);
    EXPECT_FALSE(Exists(m_osView));
    EXPECT_TRUE(Exists(m_osSource));
}

TEST_F(KeepExisting, OneDeletionAloneIsSkipped)
{
    WriteTiff(m_osTiff, Recipe());
    InACopy([this] {
        Look(m_osTiff);
        EXPECT_EQ(Identified(m_osTiff), "RETILE");
        EXPECT_EQ(Retile()->Delete(m_osTiff.c_str()), CE_None);
        EXPECT_TRUE(Exists(m_osTiff));
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
        EXPECT_EQ(Retile()->Delete(m_osTiff.c_str()), CE_None);
        EXPECT_FALSE(Exists(m_osTiff));
    });
}

/* Whatever a program did before on the same thread. */
TEST_F(KeepExisting, OutsideOfACopyAnswersAreTrue)
{
    const std::string osMissing = m_osFolder + "/later.tif";

    WriteTiff(m_osTiff, Recipe());
    WriteText(m_osView, Descriptor("scene.tif"));
    const std::vector<std::function<void()>> aoBefore = {
        [] {},
        [this] { Look(m_osTiff); },
        [this] { Look(m_osView); },
        [this] { CPLStringList(Look(m_osView)->GetFileList()); },
        [&] { Look(osMissing); },
        [this] { FailToCopy(m_osTiff); },
        [this] { FailToCopy(m_osView); },
        [&] { FailToCopy(osMissing); },
        [this] { Copy(m_osTiff); },
        [this] { InACopy([this] { Look(m_osTiff); }); },
        [this] {
            InACopy([this] {
                Look(m_osTiff);
                EXPECT_EQ(Identified(m_osTiff), "RETILE");
            });
        },
    };
    for (const auto &oBefore : aoBefore) {
        oBefore();
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
        oBefore();
        EXPECT_EQ(Identified(m_osView), "RETILE");
        oBefore();
        WriteTiff(osMissing, Recipe());
        EXPECT_EQ(Identified(osMissing), "GTiff");
        oBefore();
        EXPECT_EQ(Retile()->Delete(osMissing.c_str()), CE_None);
        EXPECT_FALSE(Exists(osMissing));
        oBefore();
        const GDALDatasetUniquePtr poDS = Open(m_osView);
        EXPECT_EQ(CPLStringList(poDS->GetFileList()).size(), 2);
    }
}

/* GDAL 3.10 and later mark opens with a flag, and pass all kinds of datasets.
 */
TEST_F(KeepExisting, NewerGdalsFlagsAreUnderstood)
{
    const char *const apszRetile[] = {"RETILE", nullptr};

    WriteTiff(m_osTiff, Recipe());
    GDALOpenInfo oIdentify(m_osTiff.c_str(),
                           GDAL_OF_KIND_MASK & ~GDAL_OF_MULTIDIM_RASTER);
    GDALOpenInfo oUpdate(m_osTiff.c_str(), GDAL_OF_UPDATE);
    GDALOpenInfo oAllowed(m_osTiff.c_str(), GDAL_OF_ALL);
    oAllowed.papszAllowedDrivers = apszRetile;
    InACopy([&] {
        Look(m_osTiff);
        EXPECT_EQ(Retile()->pfnIdentify(&oIdentify), TRUE);
        Look(m_osTiff);
        EXPECT_EQ(Retile()->pfnIdentify(&oUpdate), FALSE);
        Look(m_osTiff);
        EXPECT_EQ(Retile()->pfnIdentify(&oAllowed), FALSE);
    });
}

TEST_F(KeepExisting, AnotherFileInBetweenEndsIt)
{
    WriteTiff(m_osTiff, Recipe());
    InACopy([this] {
        Look(m_osTiff);
        EXPECT_EQ(Identified(m_osSource), "GTiff");
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
        Look(m_osTiff);
        EXPECT_NE(Open(m_osTiff), nullptr);
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
    });
}

TEST_F(KeepExisting, AnOpeningThatFollowsIsNotDisturbed)
{
    WriteTiff(m_osTiff, Recipe());
    InACopy([this] {
        Look(m_osTiff);
        const GDALDatasetUniquePtr poDS(
            GDALDataset::Open(m_osTiff.c_str(), GDAL_OF_ALL));
        ASSERT_NE(poDS, nullptr);
        EXPECT_STREQ(poDS->GetDriverName(), "GTiff");
    });
}

TEST_F(KeepExisting, AnotherThreadAndAnotherCopyAreNotConcerned)
{
    std::string osFound;

    WriteTiff(m_osTiff, Recipe());
    InACopy([&] {
        Look(m_osTiff);
        std::thread([&]() { osFound = Identified(m_osTiff); }).join();
        EXPECT_EQ(osFound, "GTiff");
        Look(m_osTiff);
        InACopy([&] { EXPECT_EQ(Identified(m_osTiff), "GTiff"); });
    });
}

TEST_F(KeepExisting, OpeningWithOtherFlagsOrDriversIsNotTakenForIt)
{
    const char *const apszTwo[] = {"RETILE", "PNG", nullptr};

    WriteTiff(m_osTiff, Recipe());
    InACopy([&] {
        Look(m_osTiff, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR);
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
        GDALDatasetUniquePtr(
            GDALDataset::Open(m_osTiff.c_str(), GDAL_OF_RASTER, apszTwo));
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
        GDALDatasetUniquePtr(
            GDALDataset::Open(m_osTiff.c_str(), GDAL_OF_RASTER, nullptr));
        EXPECT_EQ(Identified(m_osTiff), "GTiff");
    });
}

TEST_F(KeepExisting, AFileThatIsNotThereIsNobodys)
{
    InACopy([this] {
        Look(m_osTiff);
        EXPECT_EQ(Identified(m_osTiff), "");
    });
}

TEST_F(KeepExisting, AViewThatIsOpenedAndUsedCanBeDeleted)
{
    WriteText(m_osView, Descriptor("scene.tif"));
    const GDALDatasetUniquePtr poDS = Look(m_osView);
    ASSERT_NE(poDS, nullptr);
    EXPECT_EQ(Identified(m_osView), "RETILE");
    EXPECT_EQ(Retile()->Delete(m_osView.c_str()), CE_None);
    EXPECT_FALSE(Exists(m_osView));
}

TEST_F(KeepExisting, OnlyTheFirstFileListOfALookIsEmpty)
{
    WriteText(m_osView, Descriptor("scene.tif"));
    InACopy([this] {
        const GDALDatasetUniquePtr poLooked = Look(m_osView);
        EXPECT_TRUE(CPLStringList(poLooked->GetFileList()).empty());
        EXPECT_EQ(CPLStringList(poLooked->GetFileList()).size(), 2);
        const GDALDatasetUniquePtr poOpened = Open(m_osView);
        EXPECT_EQ(CPLStringList(poOpened->GetFileList()).size(), 2);
    });
}

TEST_F(KeepExisting, AViewWithoutAFileIsNoTargetAndIsNotDeleted)
{
    for (const std::string &osTarget :
         {"RETILE:" + m_osSource, "RETILE:" + m_osFolder + "/gone.tif",
          Descriptor(m_osSource)}) {
        const GDALDatasetUniquePtr poSource = Open(m_osSource);
        const Errors oErrors;

        EXPECT_EQ(Retile()->CreateCopy(osTarget.c_str(), poSource.get(), FALSE,
                                       nullptr, nullptr, nullptr),
                  nullptr);
        EXPECT_EQ(oErrors.nFailures, 1) << oErrors.osText;
        EXPECT_NE(oErrors.osText.find("names a view"), std::string::npos)
            << oErrors.osText;
    }
    EXPECT_TRUE(Exists(m_osSource));
}

} // namespace
