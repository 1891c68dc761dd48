#include "tile_rig.h"

#include <tiffio.h>

GDALDatasetUniquePtr MakePixels(const TileCase &oCase)
{
    auto poDriver = GetGDALDriverManager()->GetDriverByName("MEM");
    GDALDatasetUniquePtr poMade(poDriver->Create(
        "", oCase.nWidth, oCase.nHeight, oCase.nBands, oCase.eType, nullptr));
    std::mt19937 oRandom(7);
    const size_t nPixels =
        static_cast<size_t>(oCase.nWidth) * static_cast<size_t>(oCase.nHeight);

    for (int iBand = 1; iBand <= oCase.nBands; iBand++) {
        GDALRasterBand *poBand = poMade->GetRasterBand(iBand);

        if (!oCase.bSmooth) {
            Bytes abyPixels = RandomPixels(oRandom, oCase.eType, nPixels);
            EXPECT_EQ(poBand->RasterIO(GF_Write, 0, 0, oCase.nWidth,
                                       oCase.nHeight, abyPixels.data(),
                                       oCase.nWidth, oCase.nHeight, oCase.eType,
                                       0, 0, nullptr),
                      CE_None);
            continue;
        }
        std::vector<double> adfPixels(nPixels);
        for (size_t i = 0; i < nPixels; i++) {
            const auto nWidth = static_cast<size_t>(oCase.nWidth);
            const double dfX = static_cast<double>(i % nWidth);
            const double dfY = static_cast<double>(i / nWidth);

            adfPixels[i] =
                oCase.dfMost * (0.5 + 0.3 * std::sin(dfX / 9 + iBand) +
                                0.18 * std::cos(dfY / 13) +
                                0.001 * static_cast<double>(oRandom() % 20));
            if (oCase.bAlphaMask && iBand == oCase.nBands)
                adfPixels[i] = adfPixels[i] > 0.6 * oCase.dfMost ? 255 : 0;
        }
        EXPECT_EQ(poBand->RasterIO(GF_Write, 0, 0, oCase.nWidth, oCase.nHeight,
                                   adfPixels.data(), oCase.nWidth,
                                   oCase.nHeight, GDT_Float64, 0, 0, nullptr),
                  CE_None);
    }
    if (!oCase.osFlat.empty())
        for (int iBand = 1; iBand <= oCase.nBands; iBand++) {
            double dfFlat = CPLAtofM(oCase.osFlat.c_str());

            for (const auto &[nX, nY] :
                 {std::pair(64, oCase.nHeight), std::pair(oCase.nWidth, 65)})
                EXPECT_EQ(poMade->GetRasterBand(iBand)->RasterIO(
                              GF_Write, 0, oCase.nHeight - nY, nX, nY, &dfFlat,
                              1, 1, GDT_Float64, 0, 0, nullptr),
                          CE_None);
        }
    if (!oCase.osNoData.empty())
        for (int iBand = 1; iBand <= oCase.nBands; iBand++)
            poMade->GetRasterBand(iBand)->SetNoDataValue(
                CPLAtofM(oCase.osNoData.c_str()));
    return poMade;
}

static CPLStringList Creation(const TileCase &oCase, const Options &aosGiven)
{
    CPLStringList aosOptions(ToList(aosGiven));

    aosOptions.SetNameValue("TILED", "YES");
    aosOptions.SetNameValue("BLOCKXSIZE",
                            std::to_string(oCase.nTileWidth).c_str());
    aosOptions.SetNameValue("BLOCKYSIZE",
                            std::to_string(oCase.nTileHeight).c_str());
    return aosOptions;
}

void MakeTemplate(const TileCase &oCase, const std::string &osPath)
{
    CPLStringList aosOptions(Creation(oCase, oCase.aosOptions));

    aosOptions.SetNameValue("SPARSE_OK", "TRUE");
    GDALDatasetUniquePtr poMade(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            osPath.c_str(), oCase.nWidth, oCase.nHeight, oCase.nBands,
            oCase.eType, aosOptions.List()));

    ASSERT_NE(poMade, nullptr);
    if (!oCase.osNoData.empty())
        poMade->GetRasterBand(1)->SetNoDataValue(
            CPLAtofM(oCase.osNoData.c_str()));
}

Format OpenFormat(const TileCase &oCase, const std::string &osPath,
                  int nDirectory)
{
    rt_tile_format *format = nullptr;
    rt_error error = {};

    EXPECT_EQ(rt_tile_format_open(osPath.c_str(), nDirectory,
                                  Creation(oCase, oCase.aosOptions).List(),
                                  oCase.eType, nullptr, &format, &error),
              RT_OK)
        << error.text;
    return Format(format);
}

Encoder NewEncoder(const Format &poFormat)
{
    rt_tile_encoder *encoder = nullptr;
    rt_error error = {};

    EXPECT_EQ(rt_tile_encoder_create(poFormat.get(), &encoder, &error), RT_OK)
        << error.text;
    return Encoder(encoder);
}

static int Columns(const rt_tile_format *format)
{
    return (rt_tile_format_raster_w_px(format) - 1) /
               rt_tile_format_w_px(format) +
           1;
}

static int Rows(const rt_tile_format *format)
{
    return (rt_tile_format_raster_h_px(format) - 1) /
               rt_tile_format_h_px(format) +
           1;
}

int TileCount(const rt_tile_format *format)
{
    return Columns(format) * Rows(format) * rt_tile_format_planes(format);
}

Bytes TilePixels(GDALDataset *poSource, const rt_tile_format *format, int nTile,
                 int &nValidW, int &nValidH)
{
    const int nPerPlane = Columns(format) * Rows(format);
    const int nPlane = nTile / nPerPlane;
    const int nW = rt_tile_format_w_px(format);
    const int nH = rt_tile_format_h_px(format);
    const int nX = nTile % nPerPlane % Columns(format) * nW;
    const int nY = nTile % nPerPlane / Columns(format) * nH;
    const int nSamples = rt_tile_format_samples(format);
    const int nBytes = static_cast<int>(rt_tile_format_sample_bytes(format));
    Bytes abyTile(static_cast<size_t>(nW) * static_cast<size_t>(nH) *
                      static_cast<size_t>(nSamples * nBytes),
                  0xA5);

    nValidW = std::min(nW, poSource->GetRasterXSize() - nX);
    nValidH = std::min(nH, poSource->GetRasterYSize() - nY);
    for (int i = 0; i < nSamples; i++) {
        GDALRasterBand *poBand = poSource->GetRasterBand(nPlane + i + 1);

        EXPECT_EQ(poBand->RasterIO(
                      GF_Read, nX, nY, nValidW, nValidH,
                      abyTile.data() + i * nBytes, nValidW, nValidH,
                      poBand->GetRasterDataType(), nSamples * nBytes,
                      static_cast<GSpacing>(nW) * nSamples * nBytes, nullptr),
                  CE_None);
    }
    return abyTile;
}

Bytes EncodeTile(GDALDataset *poSource, const Format &poFormat,
                 const Encoder &poEncoder, int nTile)
{
    const rt_tile_format *format = poFormat.get();
    const int nPerPlane = Columns(format) * Rows(format);
    int nValidW = 0, nValidH = 0;
    Bytes abyPixels = TilePixels(poSource, format, nTile, nValidW, nValidH);
    Bytes abyEncoded(rt_tile_format_bound_bytes(format));
    uint64_t nBytes = 0;
    rt_error error = {};

    rt_tile_encoder_at(poEncoder.get(), nTile % nPerPlane % Columns(format),
                       nTile % nPerPlane / Columns(format), nTile / nPerPlane);
    EXPECT_EQ(rt_tile_encoder_encode(poEncoder.get(), abyPixels.data(), nValidW,
                                     nValidH, abyEncoded.data(), &nBytes,
                                     &error),
              RT_OK)
        << error.text;
    abyEncoded.resize(nBytes);
    return abyEncoded;
}

void WriteRawTiles(const std::string &osPath, int nDirectory,
                   const std::vector<Bytes> &aabyTiles)
{
    Errors oErrors;
    TIFF *tiff = TIFFOpen(osPath.c_str(), "r+");

    ASSERT_NE(tiff, nullptr);
    ASSERT_TRUE(TIFFSetDirectory(tiff, static_cast<tdir_t>(nDirectory)));
    for (size_t i = 0; i < aabyTiles.size(); i++)
        if (!aabyTiles[i].empty()) {
            const auto nBytes = static_cast<tmsize_t>(aabyTiles[i].size());

            EXPECT_EQ(TIFFWriteRawTile(tiff, static_cast<uint32_t>(i),
                                       const_cast<GByte *>(aabyTiles[i].data()),
                                       nBytes),
                      nBytes);
        }
    TIFFClose(tiff);
}

std::vector<Bytes> ReadRawTiles(const std::string &osPath, int nDirectory)
{
    Errors oErrors;
    TIFF *tiff = TIFFOpen(osPath.c_str(), "rm");
    std::vector<Bytes> aabyTiles;

    EXPECT_NE(tiff, nullptr);
    EXPECT_TRUE(TIFFSetDirectory(tiff, static_cast<tdir_t>(nDirectory)));
    for (uint32_t i = 0; i < TIFFNumberOfTiles(tiff); i++) {
        Bytes abyTile(TIFFGetStrileByteCount(tiff, i));

        if (!abyTile.empty()) {
            EXPECT_EQ(TIFFReadRawTile(tiff, i, abyTile.data(),
                                      static_cast<tmsize_t>(abyTile.size())),
                      static_cast<tmsize_t>(abyTile.size()));
        }
        aabyTiles.push_back(abyTile);
    }
    TIFFClose(tiff);
    return aabyTiles;
}

static void ExpectSameBands(const std::string &osTheirs,
                            const std::string &osOurs)
{
    GDALDatasetUniquePtr poTheirs(Open(osTheirs)), poOurs(Open(osOurs));

    ASSERT_NE(poTheirs, nullptr);
    ASSERT_NE(poOurs, nullptr);
    ASSERT_EQ(poTheirs->GetRasterCount(), poOurs->GetRasterCount());
    for (int i = 1; i <= poTheirs->GetRasterCount(); i++)
        EXPECT_TRUE(ReadBand(poTheirs->GetRasterBand(i)) ==
                    ReadBand(poOurs->GetRasterBand(i)))
            << "band " << i;
}

void ExpectAsGTiff(const TileCase &oCase)
{
    const std::string osFolder = NewFolder();
    const std::string osTheirs = osFolder + "/theirs.tif";
    const std::string osOurs = osFolder + "/ours.tif";
    GDALDatasetUniquePtr poSource = MakePixels(oCase);
    Errors oErrors;

    SCOPED_TRACE(CPLString().Printf(
        "%s, %d bands, %s", GDALGetDataTypeName(oCase.eType), oCase.nBands,
        [&] {
            std::string osAll;
            for (const auto &os : oCase.aosOptions)
                osAll += os + " ";
            return osAll;
        }()
            .c_str()));
    GDALDatasetUniquePtr poTheirs(
        GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
            osTheirs.c_str(), poSource.get(), FALSE,
            Creation(oCase, oCase.aosTheirs.empty() ? oCase.aosOptions
                                                    : oCase.aosTheirs)
                .List(),
            nullptr, nullptr));
    ASSERT_NE(poTheirs, nullptr) << oErrors.osText;
    poTheirs.reset();
    MakeTemplate(oCase, osOurs);
    Format poFormat = OpenFormat(oCase, osOurs);
    ASSERT_NE(poFormat, nullptr);
    Encoder poForward = NewEncoder(poFormat), poBackward = NewEncoder(poFormat);
    ASSERT_NE(poForward, nullptr);
    ASSERT_NE(poBackward, nullptr);

    const int nTiles = TileCount(poFormat.get());
    std::vector<Bytes> aabyTiles(static_cast<size_t>(nTiles));
    for (int i = 0; i < nTiles; i++)
        aabyTiles[static_cast<size_t>(i)] =
            EncodeTile(poSource.get(), poFormat, poForward, i);
    for (int i = nTiles - 1; i >= 0; i--)
        EXPECT_TRUE(EncodeTile(poSource.get(), poFormat, poBackward, i) ==
                    aabyTiles[static_cast<size_t>(i)])
            << "tile " << i;
    WriteRawTiles(osOurs, 0, aabyTiles);
    ExpectSameBands(osTheirs, osOurs);
    if (oCase.bSameBytes) {
        const std::vector<Bytes> aabyTheirs = ReadRawTiles(osTheirs);

        ASSERT_EQ(aabyTheirs.size(), aabyTiles.size());
        for (size_t i = 0; i < aabyTiles.size(); i++)
            EXPECT_TRUE(aabyTiles[i] == aabyTheirs[i])
                << "tile " << i << ": " << aabyTiles[i].size()
                << " bytes, GTiff " << aabyTheirs[i].size();
    }
}
