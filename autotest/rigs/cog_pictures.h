/* cog_pictures.h - rasters for COGs, and options for both drivers. */
#ifndef RETILE_AUTOTEST_COG_PICTURES_H
#define RETILE_AUTOTEST_COG_PICTURES_H

#include "gdal/base/driver_options.h"
#include "geotiff_rig.h"

/* Options for the COG driver, and the same in GTiff's words. */
struct CogWords {
    Options aosTheirs{}, aosOurs{}, aosOverviews{};
};

/* The words for the COG driver. From 3.11 on it leaves bands apart unless told
 * otherwise. */
inline CPLStringList ForGdal(const CogWords &oWords)
{
    CPLStringList aosTheirs = ToList(oWords.aosTheirs);

    if (RetileDriverDeclares("COG", "INTERLEAVE"))
        aosTheirs.SetNameValue("INTERLEAVE", "PIXEL");
    return aosTheirs;
}

/* The words for this driver's image at full resolution. */
inline CPLStringList ForUs(const CogWords &oWords)
{
    CPLStringList aosOurs = ToList(oWords.aosOurs);

    aosOurs.SetNameValue("INTERLEAVE", "PIXEL");
    return aosOurs;
}

inline GDALDatasetUniquePtr Picture(int nWidth, int nHeight, int nBands,
                                    GDALDataType eType)
{
    GDALDatasetUniquePtr poDS = Memory(nWidth, nHeight, nBands, eType);
    double adfTransform[6] = {500000, 10, 0, 4000000, 0, -10};
    OGRSpatialReference oSrs;
    std::vector<int> anRow(static_cast<size_t>(nWidth));

    EXPECT_EQ(oSrs.importFromEPSG(32633), OGRERR_NONE);
    poDS->SetGeoTransform(adfTransform);
    poDS->SetSpatialRef(&oSrs);
    poDS->SetMetadataItem("who", "someone");
    for (int i = 0; i < nBands; i++)
        for (int y = 0; y < nHeight; y++) {
            /* Whole tiles of zeros, and noise. */
            for (int x = 0; x < nWidth; x++)
                anRow[static_cast<size_t>(x)] =
                    x < nWidth / 2 && y < nHeight / 2
                        ? 0
                        : 1 + ((x * 37 + y * 101 + i * 13) ^ (x * y)) % 200;
            EXPECT_EQ(poDS->GetRasterBand(i + 1)->RasterIO(
                          GF_Write, 0, y, nWidth, 1, anRow.data(), nWidth, 1,
                          GDT_Int32, 0, 0, nullptr),
                      CE_None);
        }
    return poDS;
}

inline void AddMask(GDALDataset *poDS)
{
    const int nWidth = poDS->GetRasterXSize();
    const std::vector<GByte> abyRow(static_cast<size_t>(nWidth), 255);

    EXPECT_EQ(poDS->CreateMaskBand(GMF_PER_DATASET), CE_None);
    for (int y = poDS->GetRasterYSize() / 3; y < poDS->GetRasterYSize(); y++)
        EXPECT_EQ(poDS->GetRasterBand(1)->GetMaskBand()->RasterIO(
                      GF_Write, nWidth / 2, y, nWidth - nWidth / 2, 1,
                      const_cast<GByte *>(abyRow.data()), nWidth - nWidth / 2,
                      1, GDT_Byte, 0, 0, nullptr),
                  CE_None);
}

inline void SetColours(GDALDataset *poDS)
{
    for (int i = 0; i < poDS->GetRasterCount(); i++)
        poDS->GetRasterBand(i + 1)->SetColorInterpretation(
            static_cast<GDALColorInterp>(GCI_RedBand + i));
}

inline GDALDatasetUniquePtr Masked(int nWidth, int nHeight, int nBands,
                                   GDALDataType eType)
{
    GDALDatasetUniquePtr poDS = Picture(nWidth, nHeight, nBands, eType);

    AddMask(poDS.get());
    return poDS;
}

/* If an option is given twice, the first value counts. */
inline CogWords Small(const std::string &osCompress,
                      const Options &aosTheirs = {},
                      const Options &aosOurs = {},
                      const Options &aosOverviews = {})
{
    const Options aosCompress = {"COMPRESS=" + osCompress};
    CogWords oWords = {aosTheirs, aosOurs, aosOverviews};
    const auto Add = [](Options &aosTo, const Options &aosWhat) {
        aosTo.insert(aosTo.end(), aosWhat.begin(), aosWhat.end());
    };

    for (Options *paosTo :
         {&oWords.aosTheirs, &oWords.aosOurs, &oWords.aosOverviews})
        Add(*paosTo, aosCompress);
    Add(oWords.aosTheirs, {"BLOCKSIZE=128"});
    Add(oWords.aosOurs, {"BLOCKXSIZE=128", "BLOCKYSIZE=128"});
    return oWords;
}

/* A file with overviews, and with a mask that has overviews. */
inline std::string WithOverviews(int nBands, GDALDataType eType)
{
    const std::string osPath = NewFolder() + "/source.tif";
    const Config oInside("GDAL_TIFF_INTERNAL_MASK", "YES");
    int anFactors[] = {2, 4};

    const GDALDatasetUniquePtr poDS(
        GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
            osPath.c_str(), Masked(301, 270, nBands, eType).get(), FALSE,
            nullptr, nullptr, nullptr));
    EXPECT_EQ(poDS->BuildOverviews("AVERAGE", 2, anFactors, 0, nullptr, nullptr,
                                   nullptr),
              CE_None);
    return osPath;
}

#endif
