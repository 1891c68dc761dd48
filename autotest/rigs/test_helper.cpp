/* test_helper.cpp - see helper.h. */
#include "helper.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

static std::string osTempDir;

bool IsShort()
{
    return std::getenv("RETILE_TEST_SHORT") != nullptr;
}

/* Each test counts by itself, so that what it leaves out depends neither on the
 * tests before it nor on the number of shards. */
bool IsLeftOut(int nth)
{
    static const ::testing::TestInfo *poLast = nullptr;
    static int nCalls = 0;
    const auto *poTest =
        ::testing::UnitTest::GetInstance()->current_test_info();

    if (poTest != poLast)
        nCalls = 0;
    poLast = poTest;
    return IsShort() && nCalls++ % nth != 0;
}

const std::string &TempDir()
{
    return osTempDir;
}

void SetTempDir(const std::string &osDir)
{
    osTempDir = osDir;
}

std::string NewFolder()
{
    static int nFolders = 0;
    const std::string osFolder = osTempDir + "/" + std::to_string(++nFolders);

    EXPECT_EQ(VSIMkdir(osFolder.c_str(), 0755), 0);
    return osFolder;
}

static void CPL_STDCALL TakeError(CPLErr eErr, CPLErrorNum, const char *pszText)
{
    auto *poErrors = static_cast<Errors *>(CPLGetErrorHandlerUserData());

    if (eErr == CE_Warning) {
        poErrors->nWarnings++;
        poErrors->osWarnings += std::string(pszText) + "\n";
    } else if (eErr >= CE_Failure) {
        poErrors->nFailures++;
        poErrors->osText += std::string(pszText) + "\n";
    }
}

Errors::Errors()
{
    CPLPushErrorHandlerEx(TakeError, this);
    CPLSetCurrentErrorHandlerCatchDebug(FALSE);
}

Errors::~Errors()
{
    CPLPopErrorHandler();
}

WorkingFolder::WorkingFolder(const std::string &osFolder)
{
    char *pszBefore = CPLGetCurrentDir();

    m_osBefore = pszBefore;
    CPLFree(pszBefore);
    EXPECT_EQ(chdir(osFolder.c_str()), 0);
}

WorkingFolder::~WorkingFolder()
{
    EXPECT_EQ(chdir(m_osBefore.c_str()), 0);
}

Config::Config(const char *pszKey, const char *pszValue)
    : m_osKey(pszKey), m_bHad(CPLGetConfigOption(pszKey, nullptr) != nullptr),
      m_osBefore(CPLGetConfigOption(pszKey, ""))
{
    CPLSetConfigOption(pszKey, pszValue);
}

Config::~Config()
{
    CPLSetConfigOption(m_osKey.c_str(), m_bHad ? m_osBefore.c_str() : nullptr);
}

CPLStringList ToList(const Options &aosOptions)
{
    CPLStringList aosList;

    for (const std::string &osOption : aosOptions)
        aosList.AddString(osOption.c_str());
    return aosList;
}

GDALDatasetUniquePtr Open(const std::string &osName, const Options &aosOptions)
{
    const CPLStringList aosList = ToList(aosOptions);

    return GDALDatasetUniquePtr(GDALDataset::Open(
        osName.c_str(), GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, nullptr,
        aosList.List(), nullptr));
}

void ExpectRefused(const std::string &osName, const Options &aosOptions,
                   const std::string &osSays, unsigned nFlags)
{
    std::string osWhat = osName.substr(0, 300);

    for (const std::string &osOption : aosOptions)
        osWhat += " " + osOption;
    for (const unsigned nVerbose : {0u, unsigned(GDAL_OF_VERBOSE_ERROR)}) {
        Errors oErrors;
        const CPLStringList aosList = ToList(aosOptions);
        const GDALDatasetUniquePtr poDS(
            GDALDataset::Open(osName.c_str(), nFlags | nVerbose, nullptr,
                              aosList.List(), nullptr));

        EXPECT_TRUE(!poDS && oErrors.nFailures == 1 && oErrors.nWarnings == 0)
            << osWhat << (poDS ? "\n opened; " : "\n refused; ")
            << oErrors.nFailures << " failures: " << oErrors.osText
            << oErrors.nWarnings << " warnings: " << oErrors.osWarnings;
        EXPECT_TRUE(poDS || oErrors.osText.find(osSays) != std::string::npos)
            << osWhat << "\nno '" << osSays << "' in: " << oErrors.osText;
    }
}

void WriteText(const std::string &osPath, const std::string &osText)
{
    VSILFILE *fp = VSIFOpenL(osPath.c_str(), "wb");

    ASSERT_NE(fp, nullptr) << osPath;
    EXPECT_EQ(VSIFWriteL(osText.data(), 1, osText.size(), fp), osText.size());
    EXPECT_EQ(VSIFCloseL(fp), 0);
}

bool Exists(const std::string &osPath)
{
    VSIStatBufL sStat;

    return VSIStatL(osPath.c_str(), &sStat) == 0;
}

Options FileNames(const std::string &osFolder)
{
    const CPLStringList aosFiles(VSIReadDir(osFolder.c_str()));
    Options aosNames;

    for (int i = 0; i < aosFiles.size(); i++)
        if (aosFiles[i][0] != '.')
            aosNames.push_back(aosFiles[i]);
    std::sort(aosNames.begin(), aosNames.end());
    return aosNames;
}

std::string Descriptor(const std::string &osSource,
                       const std::string &osOptions)
{
    return R"({"type":"RETILE","version":1,"source":")" + osSource +
           R"(","options":{)" + osOptions + "}}";
}

std::vector<GByte> RandomPixels(std::mt19937 &oRandom, GDALDataType eType,
                                size_t nPixels)
{
    const size_t nBytes =
        nPixels * static_cast<size_t>(GDALGetDataTypeSizeBytes(eType));
    std::vector<GByte> abyPixels(nBytes + 8);

    if (GDALDataTypeIsFloating(eType)) {
        const bool bDouble = eType == GDT_Float64 || eType == GDT_CFloat64;
        const double adfSome[] = {0.0, -0.0, 1.5, -7.25, 1e30, 255.0, -3.0};
        for (size_t i = 0; i < nBytes / (bDouble ? 8 : 4); i++) {
            double dfValue = static_cast<double>(oRandom()) / 65536.0 - 30000;
            if (oRandom() % 16 == 0)
                dfValue = adfSome[oRandom() % 7];
            const float fValue = static_cast<float>(dfValue);
            if (bDouble)
                memcpy(&abyPixels[i * 8], &dfValue, 8);
            else
                memcpy(&abyPixels[i * 4], &fValue, 4);
        }
    } else {
        for (size_t i = 0; i < nBytes; i += 4) {
            const uint32_t nValue = static_cast<uint32_t>(oRandom());
            memcpy(&abyPixels[i], &nValue, 4);
        }
    }
    abyPixels.resize(nBytes);
    return abyPixels;
}

GDALDatasetUniquePtr MakeTiff(const std::string &osPath, const Recipe &oRecipe)
{
    const CPLStringList aosCreation = ToList(oRecipe.aosCreation);
    std::mt19937 oRandom(oRecipe.nSeed);
    GDALDatasetUniquePtr poDS(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            osPath.c_str(), oRecipe.nWidth, oRecipe.nHeight, oRecipe.nBands,
            oRecipe.eType, const_cast<char **>(aosCreation.List())));

    EXPECT_NE(poDS, nullptr) << osPath;
    for (int i = 1; poDS && i <= oRecipe.nBands; i++) {
        std::vector<GByte> abyPixels =
            RandomPixels(oRandom, oRecipe.eType,
                         static_cast<size_t>(oRecipe.nWidth) *
                             static_cast<size_t>(oRecipe.nHeight));
        EXPECT_EQ(poDS->GetRasterBand(i)->RasterIO(
                      GF_Write, 0, 0, oRecipe.nWidth, oRecipe.nHeight,
                      abyPixels.data(), oRecipe.nWidth, oRecipe.nHeight,
                      oRecipe.eType, 0, 0, nullptr),
                  CE_None);
    }
    return poDS;
}

void WriteTiff(const std::string &osPath, const Recipe &oRecipe)
{
    MakeTiff(osPath, oRecipe);
}

std::vector<GByte> ReadBand(GDALRasterBand *poBand, int nX, int nY, int nW,
                            int nH)
{
    const GDALDataType eType = poBand->GetRasterDataType();
    std::vector<GByte> abyPixels(
        static_cast<size_t>(nW) * static_cast<size_t>(nH) *
        static_cast<size_t>(GDALGetDataTypeSizeBytes(eType)));

    EXPECT_EQ(poBand->RasterIO(GF_Read, nX, nY, nW, nH, abyPixels.data(), nW,
                               nH, eType, 0, 0, nullptr),
              CE_None);
    return abyPixels;
}

std::vector<GByte> ReadBand(GDALRasterBand *poBand)
{
    return ReadBand(poBand, 0, 0, poBand->GetXSize(), poBand->GetYSize());
}

std::vector<GByte> ReadByBlocks(GDALRasterBand *poBand, int nX, int nY, int nW,
                                int nH)
{
    const size_t nPx = static_cast<size_t>(
        GDALGetDataTypeSizeBytes(poBand->GetRasterDataType()));
    int nBW = 0, nBH = 0;

    poBand->GetBlockSize(&nBW, &nBH);
    std::vector<GByte> abyBlock(static_cast<size_t>(nBW) *
                                static_cast<size_t>(nBH) * nPx);
    std::vector<GByte> abyPixels(static_cast<size_t>(nW) *
                                 static_cast<size_t>(nH) * nPx);
    for (int nRow = nY / nBH; nRow <= (nY + nH - 1) / nBH; nRow++)
        for (int nCol = nX / nBW; nCol <= (nX + nW - 1) / nBW; nCol++) {
            EXPECT_EQ(poBand->ReadBlock(nCol, nRow, abyBlock.data()), CE_None);
            const int nX0 = std::max(nX, nCol * nBW);
            const int nX1 = std::min(nX + nW, (nCol + 1) * nBW);
            const int nY0 = std::max(nY, nRow * nBH);
            const int nY1 = std::min(nY + nH, (nRow + 1) * nBH);
            for (int y = nY0; y < nY1; y++)
                memcpy(&abyPixels[(static_cast<size_t>(y - nY) *
                                       static_cast<size_t>(nW) +
                                   static_cast<size_t>(nX0 - nX)) *
                                  nPx],
                       &abyBlock[(static_cast<size_t>(y - nRow * nBH) *
                                      static_cast<size_t>(nBW) +
                                  static_cast<size_t>(nX0 - nCol * nBW)) *
                                 nPx],
                       static_cast<size_t>(nX1 - nX0) * nPx);
        }
    return abyPixels;
}

struct Window {
    int nX, nY, nW, nH;
};

static Window RandomWindow(std::mt19937 &oRandom, GDALDataset *poDS)
{
    const auto Below = [&](int n) {
        return static_cast<int>(oRandom() % static_cast<unsigned>(n));
    };
    const int nX = Below(poDS->GetRasterXSize());
    const int nY = Below(poDS->GetRasterYSize());

    return {nX, nY, 1 + Below(poDS->GetRasterXSize() - nX),
            1 + Below(poDS->GetRasterYSize() - nY)};
}

/* A layout of a buffer for all bands. */
struct Layout {
    GDALDataType eType;
    GSpacing nPixel, nLine, nBand;
    size_t nBytes;
};

static Layout RandomLayout(std::mt19937 &oRandom, const Window &oWindow,
                           int nBands, GDALDataType eType)
{
    const GSpacing nPx = GDALGetDataTypeSizeBytes(eType);
    const GSpacing nGap = static_cast<GSpacing>(oRandom() % 3) * nPx;
    Layout oLayout = {eType, 0, 0, 0, 0};

    switch (oRandom() % 3) {
    case 0: /* band by band */
        oLayout.nPixel = nPx + nGap;
        oLayout.nLine = oLayout.nPixel * oWindow.nW + nGap;
        oLayout.nBand = oLayout.nLine * oWindow.nH + nGap;
        break;
    case 1: /* pixel by pixel */
        oLayout.nBand = nPx;
        oLayout.nPixel = nPx * nBands + nGap;
        oLayout.nLine = oLayout.nPixel * oWindow.nW;
        break;
    default: /* columns first */
        oLayout.nLine = nPx;
        oLayout.nPixel = nPx * oWindow.nH + nGap;
        oLayout.nBand = oLayout.nPixel * oWindow.nW;
        break;
    }
    oLayout.nBytes = static_cast<size_t>(oLayout.nPixel * (oWindow.nW - 1) +
                                         oLayout.nLine * (oWindow.nH - 1) +
                                         oLayout.nBand * (nBands - 1) + nPx);
    return oLayout;
}

static std::vector<GByte> ReadLayout(GDALDataset *poDS, const Window &oWindow,
                                     std::vector<int> anBands,
                                     const Layout &oLayout)
{
    std::vector<GByte> abyPixels(oLayout.nBytes, GByte(0xA5));

    EXPECT_EQ(
        poDS->RasterIO(GF_Read, oWindow.nX, oWindow.nY, oWindow.nW, oWindow.nH,
                       abyPixels.data(), oWindow.nW, oWindow.nH, oLayout.eType,
                       static_cast<int>(anBands.size()), anBands.data(),
                       oLayout.nPixel, oLayout.nLine, oLayout.nBand, nullptr),
        CE_None);
    return abyPixels;
}

static void ExpectSameNodata(GDALRasterBand *poPlain, GDALRasterBand *poView)
{
    int bPlain = FALSE, bView = FALSE;

    if (poPlain->GetRasterDataType() == GDT_Int64) {
        const int64_t nPlain = poPlain->GetNoDataValueAsInt64(&bPlain);
        EXPECT_EQ(nPlain, poView->GetNoDataValueAsInt64(&bView));
    } else if (poPlain->GetRasterDataType() == GDT_UInt64) {
        const uint64_t nPlain = poPlain->GetNoDataValueAsUInt64(&bPlain);
        EXPECT_EQ(nPlain, poView->GetNoDataValueAsUInt64(&bView));
    } else {
        const double dfPlain = poPlain->GetNoDataValue(&bPlain);
        const double dfView = poView->GetNoDataValue(&bView);
        EXPECT_TRUE(dfPlain == dfView ||
                    (std::isnan(dfPlain) && std::isnan(dfView)));
    }
    EXPECT_EQ(bPlain != FALSE, bView != FALSE);
}

/* GDALCopyWords converts NaN to other integers in runs of 8 than in shorter
 * ones. So GDAL's own result depends on the source's blocks there. */
static GDALDataType BufferType(std::mt19937 &oRandom, GDALDataset *poPlain)
{
    static const GDALDataType aeTypes[] = {
        GDT_Float32, GDT_Float64, GDT_CFloat32, GDT_CFloat64, GDT_Byte,
        GDT_UInt16,  GDT_Int16,   GDT_UInt32,   GDT_Int32,    GDT_UInt64,
        GDT_Int64,   GDT_CInt16,  GDT_CInt32};
    GDALRasterBand *poBand = poPlain->GetRasterBand(1);
    const bool bNan = GDALDataTypeIsFloating(poBand->GetRasterDataType()) &&
                      std::isnan(poBand->GetNoDataValue());

    return aeTypes[oRandom() % (bNan ? 4 : 13)];
}

static void ExpectSameBand(GDALRasterBand *poPlain, GDALRasterBand *poView,
                           const Window &oWindow)
{
    EXPECT_EQ(poPlain->GetRasterDataType(), poView->GetRasterDataType());
    EXPECT_EQ(poPlain->GetMaskFlags(), poView->GetMaskFlags());
    EXPECT_EQ(Item(poPlain, "PIXELTYPE", "IMAGE_STRUCTURE"),
              Item(poView, "PIXELTYPE", "IMAGE_STRUCTURE"));
    ExpectSameNodata(poPlain, poView);
    EXPECT_TRUE(ReadBand(poPlain) == ReadBand(poView)) << "whole band";
    EXPECT_TRUE(
        ReadBand(poPlain, oWindow.nX, oWindow.nY, oWindow.nW, oWindow.nH) ==
        ReadByBlocks(poView, oWindow.nX, oWindow.nY, oWindow.nW, oWindow.nH))
        << "ReadBlock";

    GDALRasterBand *poPlainMask = poPlain->GetMaskBand();
    GDALRasterBand *poViewMask = poView->GetMaskBand();
    EXPECT_EQ(poPlainMask->GetRasterDataType(),
              poViewMask->GetRasterDataType());
    EXPECT_TRUE(ReadBand(poPlainMask) == ReadBand(poViewMask)) << "mask";
    EXPECT_TRUE(ReadBand(poPlainMask, oWindow.nX, oWindow.nY, oWindow.nW,
                         oWindow.nH) == ReadByBlocks(poViewMask, oWindow.nX,
                                                     oWindow.nY, oWindow.nW,
                                                     oWindow.nH))
        << "ReadBlock of the mask";
}

void ExpectSamePixels(GDALDataset *poPlain, GDALDataset *poView,
                      std::mt19937 &oRandom)
{
    const int nBands = poPlain->GetRasterCount();

    ASSERT_EQ(nBands, poView->GetRasterCount());
    ASSERT_EQ(poPlain->GetRasterXSize(), poView->GetRasterXSize());
    ASSERT_EQ(poPlain->GetRasterYSize(), poView->GetRasterYSize());
    for (int i = 1; i <= nBands; i++) {
        SCOPED_TRACE("band " + std::to_string(i));
        ExpectSameBand(poPlain->GetRasterBand(i), poView->GetRasterBand(i),
                       RandomWindow(oRandom, poPlain));
    }
    for (int i = 0; i < 4; i++) {
        const Window oWindow = RandomWindow(oRandom, poPlain);
        std::vector<int> anBands;
        for (int j = 1; j <= nBands; j++)
            anBands.push_back(1 + (j + i) % nBands);
        if (i == 3)
            anBands.push_back(1); /* one band twice */
        const Layout oLayout =
            RandomLayout(oRandom, oWindow, static_cast<int>(anBands.size()),
                         i == 0 ? poPlain->GetRasterBand(1)->GetRasterDataType()
                                : BufferType(oRandom, poPlain));
        EXPECT_TRUE(ReadLayout(poPlain, oWindow, anBands, oLayout) ==
                    ReadLayout(poView, oWindow, anBands, oLayout))
            << "window " << oWindow.nX << " " << oWindow.nY << " " << oWindow.nW
            << " " << oWindow.nH << " as " << GDALGetDataTypeName(oLayout.eType)
            << ", spacings " << oLayout.nPixel << " " << oLayout.nLine << " "
            << oLayout.nBand;
    }
}

double Statistic(GDALDataset *poView, const char *pszName)
{
    const std::string osValue = Item(poView, pszName, "RETILE_STATS");

    EXPECT_NE(osValue, "") << pszName;
    return CPLAtof(osValue.c_str());
}

std::string Item(GDALMajorObject *poObject, const char *pszName,
                 const char *pszDomain)
{
    const char *pszValue = poObject->GetMetadataItem(pszName, pszDomain);

    return pszValue ? pszValue : "";
}
