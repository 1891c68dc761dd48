/* test_jpeg.cpp - whether GTiff copies the coefficients of a JPEG is known
 * beforehand. */
#include "gdal/copy/jpeg.h"
#include "helper.h"

/* Looks for GTiff's debug message about it. */
static void CPL_STDCALL Listen(CPLErr, CPLErrorNum, const char *pszText)
{
    if (strstr(pszText, "special copy mode from a JPEG") != nullptr)
        *static_cast<bool *>(CPLGetErrorHandlerUserData()) = true;
}

static bool GTiffTakesThemOver(GDALDataset *poSrcDS, CSLConstList aosOptions)
{
    const Config oDebug("CPL_DEBUG", "ON");
    const std::string osPath = NewFolder() + "/out.tif";
    bool bTaken = false;

    CPLPushErrorHandlerEx(Listen, &bTaken);
    GDALDatasetUniquePtr poCopy(
        GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
            osPath.c_str(), poSrcDS, FALSE, aosOptions, nullptr, nullptr));
    poCopy.reset();
    CPLPopErrorHandler();
    return bTaken;
}

class JpegCopy : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        m_osFolder = NewFolder();
        for (const int nBands : {1, 3, 4}) {
            const auto poTiff =
                MakeTiff(m_osFolder + "/t.tif", {90, 70, nBands});
            const std::string osPath =
                m_osFolder + CPLSPrintf("/%d.jpg", nBands);
            if (nBands == 4)
                for (int i = 0; i < 4; i++)
                    poTiff->GetRasterBand(i + 1)->SetColorInterpretation(
                        static_cast<GDALColorInterp>(GCI_CyanBand + i));
            EXPECT_NE(
                GDALDatasetUniquePtr(
                    GetGDALDriverManager()->GetDriverByName("JPEG")->CreateCopy(
                        osPath.c_str(), poTiff.get(), FALSE, nullptr, nullptr,
                        nullptr)),
                nullptr);
        }
    }

    void ExpectForetold(const std::string &osSource, const Options &aosOptions)
    {
        const auto poSrcDS = Open(osSource);
        CPLStringList aosList = ToList(aosOptions);
        std::string osWhat = osSource;

        for (const std::string &osOption : aosOptions)
            osWhat += " " + osOption;
        ASSERT_NE(poSrcDS, nullptr);
        aosList.SetNameValue("TILED", "YES");
        const bool bTaken = GTiffTakesThemOver(poSrcDS.get(), aosList.List());
        EXPECT_EQ(RetileCopiesJpegCoefficients(poSrcDS.get(), aosList.List()),
                  bTaken)
            << osWhat;
        m_nTaken += bTaken;
        m_nLeft += !bTaken;
    }

    std::string m_osFolder{};
    int m_nTaken = 0, m_nLeft = 0;
};

TEST_F(JpegCopy, IsPredictedForEveryOption)
{
    for (const char *pszName : {"1.jpg", "3.jpg", "4.jpg", "t.tif"})
        for (const Options &aosOptions : std::vector<Options>{
                 {},
                 {"COMPRESS=LZW"},
                 {"COMPRESS=JPEG"},
                 {"COMPRESS=JPEG", "JPEG_QUALITY=50"},
                 {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"},
                 {"COMPRESS=JPEG", "PHOTOMETRIC=RGB"},
                 {"COMPRESS=JPEG", "PHOTOMETRIC=MINISBLACK"},
                 {"COMPRESS=JPEG", "INTERLEAVE=BAND"},
                 {"COMPRESS=JPEG", "INTERLEAVE=PIXEL"},
                 {"COMPRESS=JPEG", "NBITS=8"},
                 {"COMPRESS=JPEG", "BLOCKXSIZE=32", "BLOCKYSIZE=48"}}) {
            const Errors oErrors; /* GTiff cannot do all combinations */
            ExpectForetold(m_osFolder + "/" + pszName, aosOptions);
        }
    EXPECT_GT(m_nTaken, 8);
    EXPECT_GT(m_nLeft, 20);
}

TEST_F(JpegCopy, IsPredictedThroughAVrtThatShowsAllOfAFile)
{
    for (const int nWidth : {90, 80}) {
        const std::string osPath = m_osFolder + CPLSPrintf("/%d.vrt", nWidth);
        WriteText(osPath,
                  CPLSPrintf("<VRTDataset rasterXSize='%d' rasterYSize='70'>"
                             "<VRTRasterBand dataType='Byte' band='1'>"
                             "<SimpleSource><SourceFilename "
                             "relativeToVRT='1'>1.jpg</SourceFilename>"
                             "<SourceBand>1</SourceBand>"
                             "<SrcRect xOff='0' yOff='0' xSize='%d' "
                             "ySize='70'/>"
                             "<DstRect xOff='0' yOff='0' xSize='%d' "
                             "ySize='70'/>"
                             "</SimpleSource></VRTRasterBand></VRTDataset>",
                             nWidth, nWidth, nWidth));
        ExpectForetold(osPath, {"COMPRESS=JPEG"});
    }
    EXPECT_EQ(m_nTaken, 1);
    EXPECT_EQ(m_nLeft, 1);
}
