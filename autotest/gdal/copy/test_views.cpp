/* test_views.cpp - copies of VRTs that read neighbouring pixels
 * themselves: filters, resampling, warps. The driver COUNTING reports how often
 * the source blocks under them are decoded. The separable kernel and the scale
 * have more digits than GDAL writes into a VRT's XML. */
#include "helper.h"

#include "gdal_utils.h"

namespace
{

constexpr int nRasterWidth = 1500, nRasterHeight = 1100;

struct Neighbours {
    const char *pszName;
    const char *pszVrt;         /* "kernel", "separable", "scale" or "warp" */
    const char *pszSourceBlock; /* blocks of the source */
    const char *pszView;        /* put in front of the source's name */
    const char *pszMemory;
    const char *pszCache; /* the process's cache */
};

std::ostream &operator<<(std::ostream &os, const Neighbours &oCase)
{
    return os << oCase.pszName;
}

const char *const apszCoefs[] = {
    "1 4 6 4 1 4 16 24 16 4 6 24 36 24 6 4 16 24 16 4 1 4 6 4 1",
    "0.0625 0.25 0.3333333333333 0.25 0.0625"};

std::string Rect(const char *pszName, int nW, int nH)
{
    return std::string("<") + pszName + " xOff='0' yOff='0' xSize='" +
           std::to_string(nW) + "' ySize='" + std::to_string(nH) + "'/>";
}

/* A VRT with one source of the given class and with more elements; nW x nH
 * pixels. */
std::string VrtXml(const std::string &osClass, const std::string &osSource,
                   int nW, int nH, const std::string &osMore)
{
    const std::string osTag = osClass.substr(0, osClass.find(' '));

    return "<VRTDataset rasterXSize='" + std::to_string(nW) +
           "' rasterYSize='" + std::to_string(nH) +
           "'><VRTRasterBand dataType='Float32' band='1'><" + osClass +
           "><SourceFilename>" + osSource +
           "</SourceFilename><SourceBand>1</SourceBand>" +
           Rect("SrcRect", nRasterWidth, nRasterHeight) +
           Rect("DstRect", nW, nH) + osMore + "</" + osTag +
           "></VRTRasterBand></VRTDataset>";
}

std::string KernelXml(const std::string &osSource, const char *pszCoefs)
{
    return VrtXml("KernelFilteredSource", osSource, nRasterWidth, nRasterHeight,
                  std::string("<Kernel normalized='1'><Size>5</Size><Coefs>") +
                      pszCoefs + "</Coefs></Kernel>");
}

std::string ScaleXml(const std::string &osSource)
{
    return VrtXml("ComplexSource resampling='bilinear'", osSource, 1300, 1000,
                  "<ScaleOffset>0.12345678901</ScaleOffset>"
                  "<ScaleRatio>0.33333333333</ScaleRatio>");
}

std::string ReadText(const std::string &osPath)
{
    GByte *pabyText = nullptr;

    EXPECT_TRUE(VSIIngestFile(nullptr, osPath.c_str(), &pabyText, nullptr, -1));
    const std::string osText(reinterpret_cast<char *>(pabyText));
    CPLFree(pabyText);
    return osText;
}

/* The VRT that gdalwarp writes for osTiff, but over osSource. */
void WriteWarp(const std::string &osVrt, const std::string &osTiff,
               const std::string &osSource)
{
    const CPLStringList aosArgs(
        ToList({"-of", "VRT", "-t_srs", "EPSG:3857", "-r", "cubic"}));
    GDALWarpAppOptions *psOptions =
        GDALWarpAppOptionsNew(const_cast<char **>(aosArgs.List()), nullptr);
    const auto poTiff = Open(osTiff);
    GDALDatasetH hTiff = GDALDataset::ToHandle(poTiff.get());

    GDALClose(GDALWarp(osVrt.c_str(), nullptr, 1, &hTiff, psOptions, nullptr));
    GDALWarpAppOptionsFree(psOptions);
    std::string osText = ReadText(osVrt);
    const size_t nFrom = osText.find("<SourceDataset");
    const size_t nTo = osText.find("</SourceDataset>");
    ASSERT_LT(nFrom, nTo);
    osText.replace(nFrom, nTo - nFrom, "<SourceDataset>" + osSource);
    WriteText(osVrt, osText);
}

void WriteVrt(const std::string &osVrt, const Neighbours &oCase,
              const std::string &osTiff, const std::string &osSource)
{
    if (EQUAL(oCase.pszVrt, "warp"))
        WriteWarp(osVrt, osTiff, osSource);
    else if (EQUAL(oCase.pszVrt, "scale"))
        WriteText(osVrt, ScaleXml(osSource));
    else
        WriteText(
            osVrt,
            KernelXml(osSource, apszCoefs[EQUAL(oCase.pszVrt, "separable")]));
}

void WriteHeights(const std::string &osPath)
{
    double adfTransform[] = {500000, 30, 0, 5000000, 0, -30};
    OGRSpatialReference oSRS;
    Recipe oRecipe;

    oRecipe.nWidth = nRasterWidth;
    oRecipe.nHeight = nRasterHeight;
    oRecipe.eType = GDT_UInt16; /* any bits are a valid height */
    oSRS.importFromEPSG(32632);
    const auto poTiff = MakeTiff(osPath, oRecipe);
    poTiff->SetSpatialRef(&oSRS);
    poTiff->SetGeoTransform(adfTransform);
}

GDALDatasetUniquePtr Copied(const char *pszDriver, const std::string &osTarget,
                            const std::string &osSource,
                            const Options &aosOptions)
{
    const auto poSource = Open(osSource);

    if (poSource == nullptr)
        return nullptr;
    return GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName(pszDriver)->CreateCopy(
            osTarget.c_str(), poSource.get(), false,
            const_cast<char **>(ToList(aosOptions).List()), nullptr, nullptr));
}

class CopyOfNeighbours : public ::testing::TestWithParam<Neighbours>
{
};

} // namespace

TEST_P(CopyOfNeighbours, DecodesEachBlockUnderThemOnce)
{
    const Neighbours oCase = GetParam();
    const Config oCache("RETILE_CACHEMAX", oCase.pszCache);
    const std::string osFolder = NewFolder();
    const std::string osTiff = osFolder + "/heights.tif";
    const std::string osSource =
        std::string("COUNTING:") + oCase.pszSourceBlock + ":" + osTiff;

    WriteHeights(osTiff);
    WriteVrt(osFolder + "/ours.vrt", oCase, osTiff, oCase.pszView + osSource);
    WriteVrt(osFolder + "/plain.vrt", oCase, osTiff, osTiff);
    ForgetDecodes();
    const auto poOurs =
        Copied("RETILE", osFolder + "/ours.tif", osFolder + "/ours.vrt",
               {"COMPRESS=DEFLATE", "BLOCKXSIZE=256", "BLOCKYSIZE=256",
                "NUM_THREADS=3", std::string("MEMORY_MAX=") + oCase.pszMemory});
    ASSERT_NE(poOurs, nullptr);
    EXPECT_GT(DecodedBlocks(osSource), 0);
    EXPECT_EQ(MostDecodes(osSource), 1);
    /* From GDAL 3.9 on, pixels of a warp depend on what is asked for at once,
     * unless this is set: RETILE copies as if it was. */
    const Config oByBlock("GDAL_VRT_WARP_USE_DATASET_RASTERIO", "NO");
    const auto poPlain = Copied("GTiff", osFolder + "/plain.tif",
                                osFolder + "/plain.vrt", {"TILED=YES"});
    ASSERT_NE(poPlain, nullptr);
    EXPECT_TRUE(ReadBand(poOurs->GetRasterBand(1)) ==
                ReadBand(poPlain->GetRasterBand(1)));
}

INSTANTIATE_TEST_SUITE_P(
    CopyNeighbours, CopyOfNeighbours,
    ::testing::Values(Neighbours{"KernelOverStrips", "kernel", "1500x64:PIXEL",
                                 "RETILE:", "12MB", "1MB"},
                      Neighbours{"KernelOverTiles", "kernel", "400x304:PIXEL",
                                 "RETILE:", "12MB", "1MB"},
                      Neighbours{"KernelOverLines", "kernel", "1500x1:PIXEL",
                                 "RETILE:", "12MB", "1MB"},
                      Neighbours{"KernelOfThirdsOverStrips", "separable",
                                 "1500x64:PIXEL", "RETILE:", "12MB", "1MB"},
                      Neighbours{"KernelWithoutAView", "kernel",
                                 "1500x64:PIXEL", "", "12MB", "1MB"},
                      /* It is read in the windows of GDAL's copy. */
                      Neighbours{"ScaledAndResampled", "scale", "1500x64:PIXEL",
                                 "RETILE:", "16MB", "1MB"},
                      Neighbours{"WarpOverStrips", "warp", "1500x64:PIXEL",
                                 "RETILE:", "12MB", "1MB"},
                      Neighbours{"WarpOverTiles", "warp", "400x304:PIXEL",
                                 "RETILE:", "12MB", "1MB"},
                      Neighbours{"WarpOverLines", "warp", "1500x1:PIXEL",
                                 "RETILE:", "12MB", "1MB"}),
    [](const ::testing::TestParamInfo<Neighbours> &oInfo) {
        return oInfo.param.pszName;
    });
