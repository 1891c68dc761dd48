/* test_mosaic_source.cpp - which VRTs are mosaics of whole pixels, and their
 * pixels read by several threads at once. */
#include <atomic>
#include <cstring>
#include <thread>

#include "helper.h"
#include "io/mosaic/mosaic_source.h"

namespace
{

constexpr int nSide = 4, nFileSize = 90, nSize = nSide * nFileSize - 3 * 6;

struct FreeMosaic {
    void operator()(rt_mosaic *mosaic) const { rt_mosaic_free(mosaic); }
};
using Mosaic = std::unique_ptr<rt_mosaic, FreeMosaic>;

std::string Part(const std::string &osClass, const std::string &osName,
                 const std::string &osFrom, const std::string &osTo,
                 const std::string &osMore = "")
{
    return "<" + osClass + "><SourceFilename relativeToVRT='0'>" + osName +
           "</SourceFilename><SourceBand>1</SourceBand><SrcRect " + osFrom +
           "/><DstRect " + osTo + "/>" + osMore + "</" + osClass + ">";
}

std::string Rect(int nX, int nY, int nW, int nH)
{
    return "xOff='" + std::to_string(nX) + "' yOff='" + std::to_string(nY) +
           "' xSize='" + std::to_string(nW) + "' ySize='" + std::to_string(nH) +
           "'";
}

std::string Vrt(const std::string &osParts, const std::string &osType = "Byte")
{
    return "<VRTDataset rasterXSize='" + std::to_string(nSize) +
           "' rasterYSize='" + std::to_string(nSize) +
           "'><VRTRasterBand dataType='" + osType + "' band='1'>" + osParts +
           "</VRTRasterBand></VRTDataset>";
}

Mosaic Parse(const std::string &osXML)
{
    return Mosaic(rt_mosaic_parse(osXML.c_str(), ""));
}

const std::string osPlace = Rect(0, 0, 50, 50);

/* The XML of a mosaic of files that overlap by some pixels; writes them. */
std::string WriteGrid(const std::string &osFolder)
{
    std::string osParts;

    for (int i = 0; i < nSide * nSide; i++) {
        const std::string osPath =
            osFolder + "/part_" + std::to_string(i) + ".tif";
        Recipe oRecipe;

        oRecipe.nWidth = oRecipe.nHeight = nFileSize;
        oRecipe.nSeed = static_cast<unsigned>(i) + 1;
        WriteTiff(osPath, oRecipe);
        osParts += Part("SimpleSource", osPath, Rect(0, 0, 90, 90),
                        Rect(i % nSide * 84, i / nSide * 84, 90, 90));
    }
    return Vrt(osParts);
}

} // namespace

TEST(Mosaic, IsMadeOfPartsThatKeepTheirSizeAndTheirPixels)
{
    EXPECT_NE(Parse(Vrt(Part("SimpleSource", "a.tif", osPlace, osPlace))),
              nullptr);
    EXPECT_NE(Parse(Vrt(Part("ComplexSource", "a.tif", osPlace, osPlace,
                             "<NODATA>7</NODATA>"))),
              nullptr);
    EXPECT_EQ(Parse(Vrt("")), nullptr) << "no part at all";
    EXPECT_EQ(
        Parse(Vrt(Part("SimpleSource", "a.tif", osPlace, Rect(0, 0, 25, 50)))),
        nullptr)
        << "another size";
    EXPECT_EQ(
        Parse(Vrt(Part("SimpleSource", "a.tif",
                       "xOff='0.5' yOff='0' xSize='50' ySize='50'", osPlace))),
        nullptr)
        << "between pixels";
    EXPECT_EQ(Parse(Vrt(Part("ComplexSource", "a.tif", osPlace, osPlace,
                             "<ScaleRatio>2</ScaleRatio>"))),
              nullptr)
        << "scaled";
    EXPECT_EQ(Parse(Vrt(Part("ComplexSource", "a.tif", osPlace, osPlace,
                             "<NODATA>7</NODATA>"),
                        "Float32")),
              nullptr)
        << "nodata that GDAL compares with a tolerance";
    EXPECT_EQ(Parse(Vrt(Part("ComplexSource", "a.tif", osPlace, osPlace,
                             "<UseMaskBand>true</UseMaskBand>"))),
              nullptr);
    EXPECT_EQ(
        Parse(Vrt(Part("KernelFilteredSource", "a.tif", osPlace, osPlace))),
        nullptr);
    EXPECT_EQ(Parse(Vrt("<MaskBand/>" +
                        Part("SimpleSource", "a.tif", osPlace, osPlace))),
              nullptr);
    EXPECT_EQ(Parse("<VRTDataset"), nullptr);
}

TEST(Mosaic, NamesEachFileOnce)
{
    const Mosaic poMosaic =
        Parse(Vrt(Part("SimpleSource", "a.tif", osPlace, osPlace) +
                  Part("SimpleSource", "b.tif", osPlace, osPlace) +
                  Part("SimpleSource", "a.tif", Rect(1, 2, 50, 50), osPlace)));

    ASSERT_NE(poMosaic, nullptr);
    EXPECT_EQ(poMosaic->n_files, 2);
    ASSERT_EQ(poMosaic->layers[0].n_parts, 3u);
    EXPECT_EQ(poMosaic->layers[0].parts[2].file, 0);
    EXPECT_EQ(poMosaic->layers[0].parts[2].y_px, 2);
}

TEST(MosaicSource, GivesEachThreadThePixelsOfGdalsMosaic)
{
    const std::string osXML = WriteGrid(NewFolder());
    const auto poVrt = Open(osXML);
    rt_mosaic_request oRequest{};
    std::vector<std::thread> aoThreads;
    std::atomic<int> nWrong{0};

    ASSERT_NE(poVrt, nullptr);
    const auto abyAll = ReadBand(poVrt->GetRasterBand(1));
    oRequest.type = GDT_Byte;
    oRequest.n_threads = 2;
    oRequest.memory_bytes = 4 << 20;
    rt_mosaic_source *poSource =
        rt_mosaic_source_create(Parse(osXML).release(), &oRequest);
    ASSERT_NE(poSource, nullptr);
    for (int i = 0; i < 4; i++)
        aoThreads.emplace_back([&, i] {
            for (int nRead = 0; nRead < 60; nRead++) {
                const rt_window oWindow = {(nRead * 37 + i * 11) % 200,
                                           (nRead * 53 + i * 29) % 200, 140,
                                           120};
                std::vector<GByte> abyPixels(140 * 120);
                const int nBand = 1;
                rt_error oError;

                if (rt_mosaic_source_read_bands(poSource, &nBand, 1, &oWindow,
                                                abyPixels.data(),
                                                &oError) != RT_OK)
                    nWrong++;
                for (size_t y = 0; y < 120; y++)
                    nWrong +=
                        memcmp(&abyPixels[y * 140],
                               &abyAll[(y + static_cast<size_t>(oWindow.y_px)) *
                                           nSize +
                                       static_cast<size_t>(oWindow.x_px)],
                               140) != 0;
            }
        });
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(nWrong, 0);
    uint64_t nDecoded = 0, nTouched = 0;
    rt_mosaic_source_count(poSource, &nDecoded, &nTouched);
    EXPECT_GT(nTouched, 0u);
    EXPECT_GE(nDecoded, nTouched);
    rt_mosaic_source_destroy(poSource);
}
