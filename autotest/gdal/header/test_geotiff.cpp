/* test_geotiff.cpp - the header of a GeoTIFF is what the GTiff driver writes
 * for the same source and options, without pixels. */
#include <limits>

#include "geotiff_rig.h"

TEST_F(GeoTiffHeader, IsWhatGTiffWritesOfEverySample)
{
    const std::string osData = RETILE_TEST_DATA;
    int nSources = 0;

    for (const std::string &osName : FileNames(osData)) {
        GDALDatasetUniquePtr poSrcDS;
        {
            const Errors oErrors;
            poSrcDS = Open(osData + "/" + osName);
        }
        const bool bDamaged = osName.find("truncated") != std::string::npos ||
                              osName.find("missing") != std::string::npos;
        if (!poSrcDS || poSrcDS->GetRasterCount() == 0 || bDamaged)
            continue;
        nSources++;
        for (const char *pszCompress : {"NONE", "DEFLATE"})
            ExpectSame(poSrcDS.get(), {std::string("COMPRESS=") + pszCompress});
    }
    EXPECT_GT(nSources, 30);
}

TEST_F(GeoTiffHeader, HasAllMetadataUnderEveryProfile)
{
    const auto poOne = Descriptive(1, GDT_Float32);
    const auto poThree = Descriptive(3, GDT_UInt16);

    for (const char *pszProfile : {"GDALGeoTIFF", "GeoTIFF", "BASELINE"})
        for (GDALDataset *poSrcDS : {poOne.get(), poThree.get()})
            ExpectSame(poSrcDS, {std::string("PROFILE=") + pszProfile});
    ExpectSame(poOne.get(), {"TFW=YES", "COMPRESS=LZW"});
    ExpectSame(poOne.get(), {"GEOTIFF_VERSION=1.1", "COMPRESS=PACKBITS"});
}

TEST_F(GeoTiffHeader, HasTheColoursAndProfilesThatGTiffGivesIt)
{
    const auto poRGB = Memory(70, 40, 3, GDT_Byte);
    const auto poRGBA = Memory(70, 40, 4, GDT_Byte);
    for (int i = 0; i < 4; i++) {
        const auto eColour = static_cast<GDALColorInterp>(GCI_RedBand + i);
        poRGBA->GetRasterBand(i + 1)->SetColorInterpretation(eColour);
        if (i < 3)
            poRGB->GetRasterBand(i + 1)->SetColorInterpretation(eColour);
    }
    poRGB->SetMetadataItem("SOURCE_ICC_PROFILE", "AAAAAAAA", "COLOR_PROFILE");

    for (const Options &aosOptions : std::vector<Options>{
             {},
             {"COMPRESS=JPEG"},
             {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR", "JPEG_QUALITY=40"},
             {"COMPRESS=JPEG", "INTERLEAVE=BAND", "JPEGTABLESMODE=3"},
             {"COMPRESS=WEBP"},
             {"COMPRESS=WEBP", "WEBP_LOSSLESS=YES"},
             {"PHOTOMETRIC=MINISBLACK"}})
        ExpectSame(poRGB.get(), aosOptions);
    for (const Options &aosOptions :
         std::vector<Options>{{},
                              {"ALPHA=PREMULTIPLIED"},
                              {"ALPHA=NO"},
                              {"PHOTOMETRIC=CMYK"},
                              {"PHOTOMETRIC=RGB", "INTERLEAVE=BAND"}})
        ExpectSame(poRGBA.get(), aosOptions);
}

TEST_F(GeoTiffHeader, HasPalettes)
{
    const auto poByte = Memory(70, 40, 1, GDT_Byte);
    const auto poTwo = Memory(70, 40, 2, GDT_Byte);
    const auto poThree = Memory(70, 40, 3, GDT_Byte);
    const auto poWide = Memory(70, 40, 1, GDT_UInt16);
    GDALColorTable oColours;
    const GDALColorEntry sColour = {200, 100, 50, 255};

    oColours.SetColorEntry(3, &sColour);
    for (GDALDataset *poDS :
         {poByte.get(), poTwo.get(), poThree.get(), poWide.get()}) {
        poDS->GetRasterBand(1)->SetColorTable(&oColours);
        ExpectSame(poDS);
    }
    ExpectRefusedAlike(poByte.get(), {"COMPRESS=JPEG"});
}

TEST_F(GeoTiffHeader, HasTheSampleFormatsThatGTiffGivesIt)
{
    for (int i = GDT_Byte; i < GDT_TypeCount; i++)
        for (const char *pszInterleave : {"PIXEL", "BAND"})
            ExpectSame(Memory(70, 40, 2, static_cast<GDALDataType>(i)).get(),
                       {std::string("INTERLEAVE=") + pszInterleave});
    ExpectSame(Memory(70, 40, 1, GDT_Byte).get(), {"PIXELTYPE=SIGNEDBYTE"});
    ExpectSame(Memory(70, 40, 1, GDT_Byte).get(), {"NBITS=3"});
    ExpectSame(Memory(70, 40, 1, GDT_Byte).get(),
               {"NBITS=1", "COMPRESS=CCITTFAX4", "PHOTOMETRIC=MINISWHITE"});
    ExpectSame(Memory(70, 40, 1, GDT_UInt16).get(), {"NBITS=12"});
    ExpectSame(Memory(70, 40, 1, GDT_Float32).get(), {"NBITS=16"});
    const auto poNBits = Memory(70, 40, 1, GDT_UInt16);
    poNBits->GetRasterBand(1)->SetMetadataItem("NBITS", "11",
                                               "IMAGE_STRUCTURE");
    ExpectSame(poNBits.get());
    ExpectSame(Memory(70, 40, 300, GDT_Byte).get());
    ExpectSame(Memory(70, 40, 300, GDT_Byte).get(), {"INTERLEAVE=BAND"});
}

TEST_F(GeoTiffHeader, KeepsWholeNodataOf64Bits)
{
    const std::string osFolder = NewFolder();
    const auto poSigned =
        MakeTiff(osFolder + "/signed.tif", {70, 40, 1, GDT_Int64});
    const auto poUnsigned =
        MakeTiff(osFolder + "/unsigned.tif", {70, 40, 1, GDT_UInt64});

    EXPECT_EQ(poSigned->GetRasterBand(1)->SetNoDataValueAsInt64(
                  std::numeric_limits<int64_t>::min() + 1),
              CE_None);
    EXPECT_EQ(poUnsigned->GetRasterBand(1)->SetNoDataValueAsUInt64(
                  std::numeric_limits<uint64_t>::max() - 1),
              CE_None);
    ExpectSame(poSigned.get());
    ExpectSame(poUnsigned.get());
}

TEST_F(GeoTiffHeader, HasTheLayoutThatWasAskedFor)
{
    const auto poSrcDS = Memory(1000, 700, 3, GDT_Int16);

    for (const char *pszBig : {"YES", "NO", "IF_NEEDED", "IF_SAFER"})
        for (const char *pszOrder : {"LITTLE", "BIG"})
            for (const char *pszCompress : {"NONE", "ZSTD", "LERC_ZSTD"})
                ExpectSame(poSrcDS.get(),
                           {std::string("BIGTIFF=") + pszBig,
                            std::string("ENDIANNESS=") + pszOrder,
                            std::string("COMPRESS=") + pszCompress});
    for (const Options &aosOptions :
         std::vector<Options>{{"BLOCKXSIZE=64", "BLOCKYSIZE=16"},
                              {"BLOCKYSIZE=1024", "SPARSE_OK=YES"},
                              {"COMPRESS=LZW", "PREDICTOR=2", "ZLEVEL=9"},
                              {"COMPRESS=DEFLATE", "NUM_THREADS=2"},
                              {"COMPRESS=LERC", "MAX_Z_ERROR=2"},
                              {"WORLDFILE=YES"}})
        ExpectSame(poSrcDS.get(), aosOptions);
}

TEST_F(GeoTiffHeader, TakesTheInterleavingOfAnUncompressedSource)
{
    for (const char *pszInterleave : {"PIXEL", "BAND"}) {
        const std::string osPath = NewFolder() + "/s.tif";
        WriteTiff(osPath, {70,
                           40,
                           3,
                           GDT_Byte,
                           {std::string("INTERLEAVE=") + pszInterleave}});
        const auto poSrcDS = Open(osPath);
        ExpectSame(poSrcDS.get());
        EXPECT_EQ(m_oHeader.aoImages[0].bInterleaved,
                  EQUAL(pszInterleave, "PIXEL"));
        ExpectSame(poSrcDS.get(), {"COMPRESS=LZW"});
        EXPECT_TRUE(m_oHeader.aoImages[0].bInterleaved);
    }
}

TEST_F(GeoTiffHeader, WritesRationalPolynomialsBesideTheFile)
{
    const auto poSrcDS = Memory(70, 40, 1, GDT_Byte);
    std::string osTwenty = "1";
    for (int i = 1; i < 20; i++)
        osTwenty += " 0.5";
    for (const char *pszName : {"LINE_OFF", "SAMP_OFF", "LAT_OFF", "LONG_OFF",
                                "HEIGHT_OFF", "LINE_SCALE", "SAMP_SCALE",
                                "LAT_SCALE", "LONG_SCALE", "HEIGHT_SCALE"})
        poSrcDS->SetMetadataItem(pszName, "10", "RPC");
    for (const char *pszName : {"LINE_NUM_COEFF", "LINE_DEN_COEFF",
                                "SAMP_NUM_COEFF", "SAMP_DEN_COEFF"})
        poSrcDS->SetMetadataItem(pszName, osTwenty.c_str(), "RPC");
    poSrcDS->SetMetadataItem("version", "\"R\"", "IMD");

    ExpectSame(poSrcDS.get());
    ExpectSame(poSrcDS.get(), {"RPB=YES", "RPCTXT=YES"});
    ExpectSame(poSrcDS.get(), {"PROFILE=BASELINE"});
}
