/* test_cog_tiles.cpp - tiles that are encoded here in the formats of a
 * skeleton's images, overviews and masks equal those of GDAL's COG. */
#include "cog_pictures.h"
#include "cog_rig.h"
#include "gdal_utils.h"
#include "io/dataset/gdal_versions.h"
#include "tile_rig.h"

/* The pixels of an image: of a level, or of its mask as a raster. */
static GDALDatasetUniquePtr ImagePixels(const std::string &osSource,
                                        const RetileImage &oImage)
{
    const std::string osLevel =
        "OVERVIEW_LEVEL=" + std::to_string(oImage.nLevel - 1);
    GDALDatasetUniquePtr poDS =
        Open(osSource, oImage.nLevel > 0 ? Options{osLevel} : Options{});
    const CPLStringList aosWords =
        ToList({"-of", "MEM", "-b", "mask", "-colorinterp", "gray"});

    if (!oImage.bMask)
        return poDS;
    GDALTranslateOptions *psOptions =
        GDALTranslateOptionsNew(const_cast<char **>(aosWords.List()), nullptr);
    GDALDatasetUniquePtr poMask(GDALDataset::FromHandle(GDALTranslate(
        "", GDALDataset::ToHandle(poDS.get()), psOptions, nullptr)));
    GDALTranslateOptionsFree(psOptions);
    return poMask;
}

static Format ImageFormat(const Cog &oCog, const RetileImage &oImage)
{
    const CPLStringList aosMask =
        ToList({oImage.bSparse ? "SPARSE_OK=YES" : "SPARSE_OK=NO"});
    const CPLStringList &aosOptions = oImage.bMask ? aosMask
                                      : oImage.nLevel > 0
                                          ? oCog.oHeader.aosOverviewOptions
                                          : oCog.aosOptions;
    rt_tile_format *format = nullptr;
    rt_error error = {};

    EXPECT_EQ(rt_tile_format_open(oImage.osPath.c_str(), oImage.nDirectory,
                                  aosOptions.List(), oImage.eType, nullptr,
                                  &format, &error),
              RT_OK)
        << error.text;
    return Format(format);
}

static void PutEncoded(Cog &oCog, const std::string &osSource)
{
    for (const RetileImage &oImage : oCog.oHeader.aoImages) {
        const GDALDatasetUniquePtr poPixels = ImagePixels(osSource, oImage);
        const Format poFormat = ImageFormat(oCog, oImage);

        ASSERT_NE(poPixels, nullptr);
        ASSERT_NE(poFormat, nullptr);
        const Encoder poEncoder = NewEncoder(poFormat);
        for (int i = 0; i < TileCount(poFormat.get()); i++) {
            const Bytes abyTile =
                EncodeTile(poPixels.get(), poFormat, poEncoder, i);

            ASSERT_EQ(rt_cog_file_put(oCog.poFile.get(), oImage.nDirectory,
                                      static_cast<uint32_t>(i), abyTile.data(),
                                      abyTile.size(), &oCog.err),
                      RT_OK)
                << oCog.err.text;
        }
    }
}

/* Both copy osSource; its overviews are copied as they are. */
static void ExpectSameFile(const std::string &osSource, const CogWords &oWords)
{
    const std::string osTheirs = NewFolder() + "/out.tif";
    const GDALDatasetUniquePtr poSrcDS = Open(osSource);
    const CPLStringList aosTheirs = ForGdal(oWords);
    const Errors oErrors;
    Cog oCog;

    SCOPED_TRACE(Lines(oWords.aosTheirs));
    ASSERT_NE(GDALDatasetUniquePtr(
                  GetGDALDriverManager()->GetDriverByName("COG")->CreateCopy(
                      osTheirs.c_str(), poSrcDS.get(), FALSE, aosTheirs.List(),
                      nullptr, nullptr)),
              nullptr);
    oCog.osFolder = NewFolder();
    oCog.osPath = NewFolder() + "/out.tif";
    oCog.aosOptions = ForUs(oWords);
    oCog.aosOverviewOptions = ToList(oWords.aosOverviews);
    ShowAs(oCog, osTheirs);
    ASSERT_EQ(oCog.oShown.aoOverviews.size(), 2u);
    ASSERT_TRUE(oCog.oShown.bMask);
    ASSERT_EQ(WriteSkeleton(oCog, poSrcDS.get()), RT_OK) << oCog.err.text;
    ASSERT_EQ(CreateFile(oCog), RT_OK) << oCog.err.text;
    PutEncoded(oCog, osSource);
    ASSERT_EQ(rt_cog_file_finish(oCog.poFile.get(), oCog.osPath.c_str(),
                                 nullptr, nullptr, &oCog.err),
              RT_OK)
        << oCog.err.text;
    EXPECT_TRUE(Contents(oCog.osPath) == Contents(osTheirs));
}

TEST(CogTiles, OfLosslessCodecsMakeGdalsFile)
{
    const std::string osBytes = WithOverviews(3, GDT_Byte);
    const std::string osFloats = WithOverviews(1, GDT_Float32);
    const Options aosSparse = {"SPARSE_OK=YES"};

    for (const std::string &osSource : {osBytes, osFloats})
        for (const char *pszCompress : {"NONE", "LZW"}) {
            ExpectSameFile(osSource, Small(pszCompress));
            ExpectSameFile(osSource, Small(pszCompress, aosSparse, aosSparse));
        }
    ExpectSameFile(osBytes, Small("DEFLATE", {"LEVEL=9", "PREDICTOR=YES"},
                                  {"ZLEVEL=9", "PREDICTOR=2"}));
    ExpectSameFile(osFloats,
                   Small("DEFLATE", {"PREDICTOR=YES", "OVERVIEW_PREDICTOR=2"},
                         {"PREDICTOR=3"}, {"PREDICTOR=2"}));
}

TEST(CogTiles, OfLossyCodecsMakeGdalsFile)
{
    const std::string osBytes = WithOverviews(3, GDT_Byte);
    const std::string osFloats = WithOverviews(1, GDT_Float32);
    const Options aosYCbCr = {"PHOTOMETRIC=YCBCR"};
    Options aosLossy = {"WEBP_LOSSLESS=FALSE"};

    if (RT_GDAL_COG_LOSSLESS_HAS_LEVEL)
        aosLossy.push_back("WEBP_LEVEL=100");
    ExpectSameFile(osBytes, Small("JPEG", {}, aosYCbCr, aosYCbCr));
    ExpectSameFile(osBytes,
                   Small("JPEG", {"QUALITY=90"},
                         {"PHOTOMETRIC=YCBCR", "JPEG_QUALITY=90"}, aosYCbCr));
    ExpectSameFile(osBytes, Small("JPEG", {"QUALITY=90", "OVERVIEW_QUALITY=30"},
                                  {"PHOTOMETRIC=YCBCR", "JPEG_QUALITY=90"},
                                  {"PHOTOMETRIC=YCBCR", "JPEG_QUALITY=30"}));
    ExpectSameFile(osBytes, Small("DEFLATE", {"OVERVIEW_COMPRESS=JPEG"}, {},
                                  {"COMPRESS=JPEG", "PHOTOMETRIC=YCBCR"}));
    ExpectSameFile(osBytes, Small("WEBP", {"QUALITY=60", "OVERVIEW_QUALITY=30"},
                                  {"WEBP_LEVEL=60"},
                                  {"WEBP_LOSSLESS=FALSE", "WEBP_LEVEL=30"}));
    ExpectSameFile(osBytes, Small("WEBP", {"QUALITY=100"},
                                  {"WEBP_LOSSLESS=YES"}, aosLossy));
    ExpectSameFile(osFloats,
                   Small("LERC", {"MAX_Z_ERROR=0.5"}, {"MAX_Z_ERROR=0.5"}));
}
