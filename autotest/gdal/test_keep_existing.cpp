/* test_keep_existing.cpp - a copy that fails leaves what was there, and only
 * a copy does. */
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

/* The first of the calls by which GDAL looks for an older file. */
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

/* A source and a folder for the targets. */
class KeepExisting : public ::testing::Test
{
  protected:
    void SetUp() override { WriteTiff(m_osSource, Recipe()); }

    /* A copy with an option that no layout takes. */
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
    Look(m_osTiff);
    EXPECT_EQ(Identified(m_osTiff), "RETILE");
    EXPECT_EQ(Retile()->Delete(m_osTiff.c_str()), CE_None);
    EXPECT_TRUE(Exists(m_osTiff));
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
    EXPECT_EQ(Retile()->Delete(m_osTiff.c_str()), CE_None);
    EXPECT_FALSE(Exists(m_osTiff));
}

/* GDAL 3.10 and later mark what is an opening, and pass all kinds. */
TEST_F(KeepExisting, NewerGdalsFlagsAreUnderstood)
{
    const char *const apszRetile[] = {"RETILE", nullptr};

    WriteTiff(m_osTiff, Recipe());
    Look(m_osTiff);
    GDALOpenInfo oIdentify(m_osTiff.c_str(),
                           GDAL_OF_KIND_MASK & ~GDAL_OF_MULTIDIM_RASTER);
    EXPECT_EQ(Retile()->pfnIdentify(&oIdentify), TRUE);
    GDALOpenInfo oUpdate(m_osTiff.c_str(), GDAL_OF_UPDATE);
    Look(m_osTiff);
    EXPECT_EQ(Retile()->pfnIdentify(&oUpdate), FALSE);
    GDALOpenInfo oAllowed(m_osTiff.c_str(), GDAL_OF_ALL);
    oAllowed.papszAllowedDrivers = apszRetile;
    Look(m_osTiff);
    EXPECT_EQ(Retile()->pfnIdentify(&oAllowed), FALSE);
}

TEST_F(KeepExisting, AnotherFileInBetweenEndsIt)
{
    WriteTiff(m_osTiff, Recipe());
    Look(m_osTiff);
    EXPECT_EQ(Identified(m_osSource), "GTiff");
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
    Look(m_osTiff);
    EXPECT_NE(Open(m_osTiff), nullptr);
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
}

TEST_F(KeepExisting, AnOpeningThatFollowsIsNotDisturbed)
{
    WriteTiff(m_osTiff, Recipe());
    Look(m_osTiff);
    const GDALDatasetUniquePtr poDS(
        GDALDataset::Open(m_osTiff.c_str(), GDAL_OF_ALL));
    ASSERT_NE(poDS, nullptr);
    EXPECT_STREQ(poDS->GetDriverName(), "GTiff");
}

TEST_F(KeepExisting, AnotherThreadIsNotConcerned)
{
    std::string osFound;

    WriteTiff(m_osTiff, Recipe());
    Look(m_osTiff);
    std::thread([&]() { osFound = Identified(m_osTiff); }).join();
    EXPECT_EQ(osFound, "GTiff");
}

TEST_F(KeepExisting, OpeningWithOtherFlagsOrDriversIsNotTakenForIt)
{
    const char *const apszTwo[] = {"RETILE", "PNG", nullptr};

    WriteTiff(m_osTiff, Recipe());
    Look(m_osTiff, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR);
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
    GDALDatasetUniquePtr(
        GDALDataset::Open(m_osTiff.c_str(), GDAL_OF_RASTER, apszTwo));
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
    GDALDatasetUniquePtr(
        GDALDataset::Open(m_osTiff.c_str(), GDAL_OF_RASTER, nullptr));
    EXPECT_EQ(Identified(m_osTiff), "GTiff");
}

TEST_F(KeepExisting, AFileThatIsNotThereIsNobodys)
{
    Look(m_osTiff);
    EXPECT_EQ(Identified(m_osTiff), "");
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
    const GDALDatasetUniquePtr poLooked = Look(m_osView);
    EXPECT_TRUE(CPLStringList(poLooked->GetFileList()).empty());
    EXPECT_EQ(CPLStringList(poLooked->GetFileList()).size(), 2);
    const GDALDatasetUniquePtr poOpened = Open(m_osView);
    EXPECT_EQ(CPLStringList(poOpened->GetFileList()).size(), 2);
}

} // namespace
