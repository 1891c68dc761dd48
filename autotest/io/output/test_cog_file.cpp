/* test_cog_file.cpp - with the tiles of a file of GDAL's COG driver, our header
 * skeleton and our writer make the same file, byte for byte. */
#include "cog_pictures.h"
#include "cog_rig.h"

class CogFileTest : public ::testing::Test
{
  protected:
    /* Both write out.tif, each into its own folder. */
    void WriteBoth(GDALDataset *poSrcDS, const CogWords &oWords)
    {
        m_osOurs = NewFolder();
        m_osTheirs = NewFolder();
        m_oCog = {};
        const CPLStringList aosTheirs = ForGdal(oWords);
        Errors oTheirs;
        ASSERT_NE(
            GDALDatasetUniquePtr(
                GetGDALDriverManager()->GetDriverByName("COG")->CreateCopy(
                    (m_osTheirs + "/out.tif").c_str(), poSrcDS, FALSE,
                    aosTheirs.List(), nullptr, nullptr)),
            nullptr)
            << oTheirs.osText;
        m_oCog.osFolder = NewFolder();
        m_oCog.osPath = m_osOurs + "/out.tif";
        m_oCog.aosOptions = ForUs(oWords);
        m_oCog.aosOverviewOptions = ToList(oWords.aosOverviews);
        Errors oOurs;
        ASSERT_EQ(Refill(m_oCog, poSrcDS, m_osTheirs + "/out.tif"), RT_OK)
            << m_oCog.err.text;
        EXPECT_EQ(oOurs.nFailures, 0);
        EXPECT_EQ(oOurs.osWarnings, oTheirs.osWarnings);
        EXPECT_EQ(Lines(m_oCog.oHeader.aosFailures), oTheirs.osText);
    }

    void ExpectSame(GDALDataset *poSrcDS, const CogWords &oWords)
    {
        SCOPED_TRACE(Lines(oWords.aosTheirs));
        WriteBoth(poSrcDS, oWords);
        if (HasFatalFailure())
            return;
        ASSERT_EQ(FileNames(m_osOurs), FileNames(m_osTheirs));
        for (const std::string &osName : FileNames(m_osTheirs))
            EXPECT_TRUE(Contents(m_osOurs + "/" + osName) ==
                        Contents(m_osTheirs + "/" + osName))
                << osName;
        EXPECT_EQ(FileNames(m_oCog.osFolder), Options());
    }

    std::string m_osOurs{}, m_osTheirs{}; /* folders */
    Cog m_oCog{};
};

TEST_F(CogFileTest, IsGdalsFileOfEverySize)
{
    const CogWords oWords = {
        {"COMPRESS=LZW"}, {"COMPRESS=LZW"}, {"COMPRESS=LZW"}};

    for (const auto &oSize : std::vector<RetileOverviewSize>{{1, 1},
                                                             {511, 511},
                                                             {512, 512},
                                                             {513, 513},
                                                             {512, 513},
                                                             {3000, 2001},
                                                             {3000, 1},
                                                             {1, 3000},
                                                             {1025, 40}}) {
        SCOPED_TRACE(oSize.nXSize * 10000 + oSize.nYSize);
        ExpectSame(Picture(oSize.nXSize, oSize.nYSize, 1, GDT_Byte).get(),
                   oWords);
        ExpectSame(Masked(oSize.nXSize, oSize.nYSize, 3, GDT_Byte).get(),
                   oWords);
    }
}

TEST_F(CogFileTest, IsGdalsFileOfEveryTypeAndCodec)
{
    const Options aosSparse = {"SPARSE_OK=YES"};
    const Options aosNearest = {"OVERVIEW_RESAMPLING=NEAREST"};
    const Options aosBoth = {"SPARSE_OK=YES", "OVERVIEW_RESAMPLING=NEAREST"};

    for (const char *pszCompress : {"NONE", "ZSTD"})
        for (int i = GDT_Byte; i < GDT_TypeCount; i += IsShort() ? 5 : 1)
            for (int nBands : {1, 3}) {
                const auto poDS =
                    Picture(301, 270, nBands, static_cast<GDALDataType>(i));
                ExpectSame(poDS.get(), Small(pszCompress, aosNearest));
                ExpectSame(poDS.get(), Small(pszCompress, aosBoth, aosSparse));
            }
    for (const char *pszCompress : {"LZW", "LZMA", "LERC_DEFLATE"})
        ExpectSame(Picture(301, 270, 3, GDT_UInt16).get(), Small(pszCompress));
}

TEST_F(CogFileTest, IsGdalsFileWithMaskNodataAndAlpha)
{
    for (const char *pszSparse : {"SPARSE_OK=NO", "SPARSE_OK=YES"})
        for (const char *pszCompress : {"NONE", "DEFLATE", "LERC"})
            for (GDALDataType eType : {GDT_Byte, GDT_UInt16, GDT_Float32}) {
                if (IsLeftOut(7))
                    continue;
                const CogWords oWords =
                    Small(pszCompress, {pszSparse}, {pszSparse});
                const auto poNodata = Picture(301, 270, 2, eType);
                const auto poAlpha = Picture(301, 270, 4, eType);

                poNodata->GetRasterBand(1)->SetNoDataValue(0);
                poNodata->GetRasterBand(2)->SetNoDataValue(0);
                SetColours(poAlpha.get());
                ExpectSame(Masked(301, 270, 1, eType).get(), oWords);
                ExpectSame(Masked(301, 270, 3, eType).get(), oWords);
                ExpectSame(poNodata.get(), oWords);
                ExpectSame(poAlpha.get(), oWords);
            }
}

TEST_F(CogFileTest, IsGdalsFileIfOverviewsAreEncodedDifferently)
{
    const auto poPlain = Picture(301, 270, 3, GDT_Byte);
    const auto poMasked = Masked(301, 270, 3, GDT_Byte);
    const auto poFloat = Picture(301, 270, 1, GDT_Float32);
    const Options aosYCbCr = {"PHOTOMETRIC=YCBCR"};

    SetColours(poPlain.get());
    SetColours(poMasked.get());
    for (GDALDataset *poDS : {poPlain.get(), poMasked.get()}) {
        ExpectSame(poDS, Small("JPEG", {}, aosYCbCr, aosYCbCr));
        ExpectSame(poDS, Small("JPEG", {"QUALITY=90", "OVERVIEW_QUALITY=30"},
                               {"PHOTOMETRIC=YCBCR", "JPEG_QUALITY=90"},
                               {"PHOTOMETRIC=YCBCR", "JPEG_QUALITY=30"}));
        ExpectSame(poDS, Small("DEFLATE", {"OVERVIEW_COMPRESS=JPEG"}, {},
                               {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"}));
        ExpectSame(poDS, Small("WEBP", {"QUALITY=100", "OVERVIEW_QUALITY=50"},
                               {"WEBP_LOSSLESS=YES"},
                               {"WEBP_LOSSLESS=FALSE", "WEBP_LEVEL=50"}));
    }
    ExpectSame(
        poFloat.get(),
        Small("ZSTD",
              {"PREDICTOR=YES", "OVERVIEW_PREDICTOR=STANDARD", "LEVEL=5"},
              {"PREDICTOR=3", "ZSTD_LEVEL=5"}, {"PREDICTOR=2"}));
    ExpectSame(poFloat.get(),
               Small("LERC_ZSTD", {"MAX_Z_ERROR=0.5"}, {"MAX_Z_ERROR=0.5"}));
}

TEST_F(CogFileTest, IsGdalsFileOfAllMetadata)
{
    const auto poPalette = Picture(301, 270, 1, GDT_Byte);
    const auto poBits = Picture(301, 270, 1, GDT_UInt16);
    const auto poWhole = Descriptive(2, GDT_Int16);
    const auto poBig = Picture(301, 270, 1, GDT_Int64);
    GDALColorTable oColours;
    const GDALColorEntry sColour = {200, 100, 50, 255};

    oColours.SetColorEntry(3, &sColour);
    poPalette->GetRasterBand(1)->SetColorTable(&oColours);
    poBits->GetRasterBand(1)->SetMetadataItem("NBITS", "12", "IMAGE_STRUCTURE");
    poBig->GetRasterBand(1)->SetNoDataValueAsInt64(-1);
    for (GDALDataset *poDS :
         {poPalette.get(), poBits.get(), poWhole.get(), poBig.get()})
        for (const char *pszOption :
             {"BIGTIFF=YES", "BIGTIFF=NO", "GEOTIFF_VERSION=1.1"})
            ExpectSame(poDS, Small("DEFLATE", {pszOption}, {pszOption}));
}

TEST_F(CogFileTest, IsGdalsFileOfBlocksThatAreNoPowerOfTwo)
{
    const CogWords oWords = {
        {"COMPRESS=LZW", "BLOCKSIZE=144"},
        {"COMPRESS=LZW", "BLOCKXSIZE=144", "BLOCKYSIZE=144"},
        {"COMPRESS=LZW"}};

    ExpectSame(Picture(700, 500, 1, GDT_Byte).get(), oWords);
}
