/* test_row_demand.cpp - the rows of its sources that a VRT reads. */
#include "gdal/copy/row_demand.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "helper.h"

namespace
{

std::string Placed(const char *pszFrom, const char *pszTo)
{
    return std::string("<VRTDataset rasterXSize=\"100\" rasterYSize=\"1000\">"
                       "<VRTRasterBand dataType=\"Byte\" band=\"1\">"
                       "<SimpleSource><SourceFilename>a</SourceFilename>"
                       "<SourceBand>1</SourceBand><SrcRect xOff=\"30\" "
                       "xSize=\"60\" ") +
           pszFrom + "/><DstRect xOff=\"0\" xSize=\"100\" " + pszTo +
           "/></SimpleSource></VRTRasterBand></VRTDataset>";
}

/* Whether a step reads at least these rows, and not many more. */
testing::AssertionResult Reads(const RetileRows &oRows, int64_t nFirst,
                               int64_t nEnd)
{
    constexpr int64_t MOST = 64;

    if (oRows.nFirst <= nFirst && oRows.nEnd >= nEnd &&
        oRows.nFirst >= nFirst - MOST && oRows.nEnd <= nEnd + MOST)
        return testing::AssertionSuccess();
    return testing::AssertionFailure()
           << "rows " << oRows.nFirst << " to " << oRows.nEnd;
}

TEST(RowDemand, OfASourceIsInProportion)
{
    const std::string osXML =
        Placed("yOff=\"500\" ySize=\"2000\"", "yOff=\"200\" ySize=\"500\"");
    const RetileRowDemand oDemand =
        RetileFindRowDemand(osXML.c_str(), 100, 1000, 300);
    const std::vector<RetileRows> &aoRows = oDemand.at("a").aoSteps;

    ASSERT_EQ(aoRows.size(), 4u);
    EXPECT_TRUE(Reads(aoRows[0], 500, 900));
    EXPECT_TRUE(Reads(aoRows[1], 900, 2100));
    EXPECT_TRUE(Reads(aoRows[2], 2100, 2500));
    EXPECT_LE(aoRows[3].nEnd, aoRows[3].nFirst);
    EXPECT_TRUE(Reads(oDemand.at("a").oColumns, 30, 90));
}

TEST(RowDemand, IsUnknownWithoutRectangles)
{
    const RetileRowDemand oDemand = RetileFindRowDemand(
        "<VRTDataset rasterXSize=\"100\" rasterYSize=\"1000\">"
        "<VRTRasterBand dataType=\"Byte\" band=\"1\"><SimpleSource>"
        "<SourceFilename>a</SourceFilename></SimpleSource></VRTRasterBand>"
        "</VRTDataset>",
        100, 1000, 300);

    EXPECT_EQ(oDemand.count("a"), 0u);
    EXPECT_TRUE(RetileFindRowDemand("no XML", 100, 1000, 300).empty());
}

/* A raster that remembers the rows and columns that were read. */
class Recorder : public GDALDataset
{
  public:
    static constexpr int WIDTH = 700, HEIGHT = 600;
    static RetileRows oRead, oColumnsRead;

    static GDALDataset *Open(GDALOpenInfo *poOpenInfo)
    {
        return STARTS_WITH(poOpenInfo->pszFilename, "RECORD:") ? new Recorder
                                                               : nullptr;
    }

    Recorder()
    {
        nRasterXSize = WIDTH;
        nRasterYSize = HEIGHT;
        SetBand(1, new Band(this));
    }

  private:
    class Band : public GDALRasterBand
    {
      public:
        explicit Band(GDALDataset *poOf)
        {
            poDS = poOf;
            nBand = 1;
            eDataType = GDT_Byte;
            nBlockXSize = WIDTH;
            nBlockYSize = 1;
        }
        CPLErr IReadBlock(int, int nYBlock, void *pData) override
        {
            memset(pData, nYBlock % 251, WIDTH);
            return CE_None;
        }

      protected:
        CPLErr IRasterIO(GDALRWFlag eRWFlag, int nX, int nY, int nW, int nH,
                         void *pData, int nBufW, int nBufH, GDALDataType eType,
                         GSpacing nPixelSpace, GSpacing nLineSpace,
                         GDALRasterIOExtraArg *psExtra) override
        {
            oRead.Add(nY, nY + nH);
            oColumnsRead.Add(nX, nX + nW);
            return GDALRasterBand::IRasterIO(eRWFlag, nX, nY, nW, nH, pData,
                                             nBufW, nBufH, eType, nPixelSpace,
                                             nLineSpace, psExtra);
        }
    };
};

RetileRows Recorder::oRead, Recorder::oColumnsRead;

/* Whether all that was read was expected. */
bool Has(const RetileRows &oExpected, const RetileRows &oRead)
{
    return oRead.nEnd <= oRead.nFirst ||
           (oExpected.nFirst <= oRead.nFirst && oExpected.nEnd >= oRead.nEnd);
}

/* The XML of a warp of the recorder: turned by dfTurned radians, and made
 * smaller dfSmaller times. */
std::string Warp(double dfTurned, double dfSmaller, const char *pszMethod)
{
    const double a = std::cos(dfTurned) * dfSmaller;
    const double b = std::sin(dfTurned) * dfSmaller;

    return CPLSPrintf(
        "<VRTDataset rasterXSize=\"300\" rasterYSize=\"500\" "
        "subClass=\"VRTWarpedDataset\"><VRTRasterBand dataType=\"Byte\" "
        "band=\"1\" subClass=\"VRTWarpedRasterBand\"/>"
        "<BlockXSize>128</BlockXSize><BlockYSize>128</BlockYSize>"
        "<GDALWarpOptions><WarpMemoryLimit>6e7</WarpMemoryLimit>"
        "<ResampleAlg>%s</ResampleAlg><WorkingDataType>Byte</WorkingDataType>"
        "<Option name=\"INIT_DEST\">0</Option>"
        "<Option name=\"ERROR_OUT_IF_EMPTY_SOURCE_WINDOW\">FALSE</Option>"
        "<SourceDataset>RECORD:</SourceDataset><Transformer>"
        "<GenImgProjTransformer><SrcGeoTransform>0,1,0,0,0,1"
        "</SrcGeoTransform><SrcInvGeoTransform>0,1,0,0,0,1"
        "</SrcInvGeoTransform><DstGeoTransform>200,%.17g,%.17g,100,%.17g,"
        "%.17g</DstGeoTransform></GenImgProjTransformer></Transformer>"
        "<BandList><BandMapping src=\"1\" dst=\"1\"/></BandList>"
        "</GDALWarpOptions></VRTDataset>",
        pszMethod, a, -b, b, a);
}

TEST(RowDemand, OfAWarpHasAllThatGdalReads)
{
    constexpr int STEP_PX = 128;
    auto *poDriver = new GDALDriver;

    poDriver->SetDescription("RECORD");
    poDriver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    poDriver->pfnOpen = Recorder::Open;
    GetGDALDriverManager()->RegisterDriver(poDriver);
    for (const double dfTurned : {0.0, 0.02, 0.7, 1.6, 3.1})
        for (const double dfSmaller : {0.4, 1.0, 3.7})
            for (const char *pszMethod : {"NearestNeighbour", "Lanczos"}) {
                const std::string osXML = Warp(dfTurned, dfSmaller, pszMethod);
                const RetileRowDemand oDemand =
                    RetileFindRowDemand(osXML.c_str(), 300, 500, STEP_PX);
                ASSERT_EQ(oDemand.count("RECORD:"), 1u);
                const RetileSourceDemand &oExpected = oDemand.at("RECORD:");
                ASSERT_EQ(oExpected.aoSteps.size(), 4u);
                Recorder::oColumnsRead = RetileRows();
                for (int i = 0; i < 4; i++) {
                    std::vector<GByte> abyRow(300 * STEP_PX);
                    const auto poWarped = Open(osXML);
                    const int nRows = std::min(STEP_PX, 500 - i * STEP_PX);
                    Recorder::oRead = RetileRows();
                    ASSERT_EQ(poWarped->GetRasterBand(1)->RasterIO(
                                  GF_Read, 0, i * STEP_PX, 300, nRows,
                                  abyRow.data(), 300, nRows, GDT_Byte, 0, 0,
                                  nullptr),
                              CE_None);
                    EXPECT_TRUE(Has(oExpected.aoSteps[static_cast<size_t>(i)],
                                    Recorder::oRead))
                        << dfTurned << " " << dfSmaller << " " << i;
                }
                EXPECT_GT(Recorder::oColumnsRead.nEnd, 0);
                EXPECT_TRUE(Has(oExpected.oColumns, Recorder::oColumnsRead))
                    << dfTurned << " " << dfSmaller;
            }
    GetGDALDriverManager()->DeregisterDriver(poDriver);
    delete poDriver;
}

TEST(RowDemand, KeepsWhatALaterStepReads)
{
    std::vector<RetileRows> aoDemand(4);

    aoDemand[0].Add(100, 200);
    aoDemand[1].Add(0, 50);
    aoDemand[3].Add(150, 160);
    const std::vector<RetileRows> aoKept = RetileRowsToKeep(aoDemand);

    EXPECT_EQ(aoKept[0].nFirst, 0);
    EXPECT_EQ(aoKept[0].nEnd, 200);
    EXPECT_EQ(aoKept[1].nFirst, 0);
    EXPECT_EQ(aoKept[2].nFirst, 150);
    EXPECT_EQ(aoKept[2].nEnd, 200);
    EXPECT_EQ(aoKept[3].nFirst, 150);
}

TEST(RowDemand, IsBoundedForAnyNumbers)
{
    RetileRows oRows;

    oRows.Add(-1e300, 1e300);
    EXPECT_LT(oRows.nFirst, 0);
    EXPECT_GT(oRows.nEnd - oRows.nFirst, 0);
}

} // namespace
