/* geotiff_rig.h - a GeoTIFF's header, compared with what the GTiff driver
 * writes. */
#ifndef RETILE_AUTOTEST_GEOTIFF_RIG_H
#define RETILE_AUTOTEST_GEOTIFF_RIG_H

#include "gdal/header/geotiff.h"
#include "gdal_rat.h"
#include "ogr_spatialref.h"
#include "tiff_tags.h"

inline GDALDatasetUniquePtr Memory(int nWidth, int nHeight, int nBands,
                                   GDALDataType eType)
{
    GDALDatasetUniquePtr poDS(
        GetGDALDriverManager()->GetDriverByName("MEM")->Create(
            "", nWidth, nHeight, nBands, eType, nullptr));
    for (int i = 1; i <= nBands; i++)
        EXPECT_EQ(poDS->GetRasterBand(i)->Fill(1), CE_None);
    return poDS;
}

inline std::string Lines(const Options &aosTexts)
{
    std::string osLines;

    for (const std::string &osText : aosTexts)
        osLines += osText + "\n";
    return osLines;
}

inline std::string Contents(const std::string &osPath)
{
    GByte *pabyData = nullptr;
    vsi_l_offset nSize = 0;

    EXPECT_TRUE(VSIIngestFile(nullptr, osPath.c_str(), &pabyData, &nSize, -1) !=
                FALSE)
        << osPath;
    const std::string osText(reinterpret_cast<char *>(pabyData),
                             static_cast<size_t>(nSize));
    VSIFree(pabyData);
    return osText;
}

class GeoTiffHeader : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        m_osOurs = NewFolder() + "/out.tif";
        m_osTheirs = NewFolder() + "/out.tif";
    }

    void Write(GDALDataset *poSrcDS, const Options &aosOptions,
               bool bStrict = false)
    {
        const CPLStringList aosList = ToList(aosOptions);
        rt_error err = {};

        m_eStatus = RetileWriteGeoTiffHeader(m_osOurs.c_str(), poSrcDS, bStrict,
                                             aosList.List(), m_oHeader, &err);
        m_osError = m_eStatus == RT_OK ? "" : err.text;
    }

    bool WriteTheirs(GDALDataset *poSrcDS, const Options &aosOptions,
                     bool bStrict = false)
    {
        const Config oNoCheck("GDAL_VALIDATE_CREATION_OPTIONS", "NO");
        CPLStringList aosList = ToList(aosOptions);

        aosList.SetNameValue("TILED", "YES");
        for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
            if (aosList.FetchNameValue(pszName) == nullptr)
                aosList.SetNameValue(pszName, "512");
        return GDALDatasetUniquePtr(
                   GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
                       m_osTheirs.c_str(), poSrcDS, bStrict, aosList.List(),
                       nullptr, nullptr)) != nullptr;
    }

    /* Expects that both files, and all files beside them, are the same except
     * for pixels, and that the same messages were reported. */
    void ExpectSame(GDALDataset *poSrcDS, const Options &aosOptions = {},
                    bool bStrict = false)
    {
        SetUp();
        std::string osWhat = poSrcDS->GetDescription();
        for (const std::string &osOption : aosOptions)
            osWhat += " " + osOption;
        SCOPED_TRACE(osWhat);
        Errors oTheirs;
        ASSERT_TRUE(WriteTheirs(poSrcDS, aosOptions, bStrict))
            << oTheirs.osText;
        Errors oOurs;
        Write(poSrcDS, aosOptions, bStrict);
        ASSERT_EQ(m_eStatus, RT_OK) << m_osError;
        EXPECT_EQ(oOurs.nFailures, 0);
        EXPECT_EQ(Placeless(Lines(m_oHeader.aosFailures)),
                  Placeless(oTheirs.osText));
        EXPECT_EQ(Placeless(oOurs.osWarnings), Placeless(oTheirs.osWarnings));
        ExpectSameFiles();
    }

    void ExpectSameFiles()
    {
        const std::string osOurs = CPLGetPath(m_osOurs.c_str());
        const std::string osTheirs = CPLGetPath(m_osTheirs.c_str());
        size_t nTiffs = 0;

        ASSERT_EQ(FileNames(osOurs), FileNames(osTheirs));
        for (const std::string &osName : FileNames(osOurs)) {
            const std::string osA = osOurs + "/" + osName;
            const std::string osB = osTheirs + "/" + osName;
            const std::string osExtension = CPLGetExtension(osName.c_str());
            if (osExtension == "tif" || osExtension == "msk") {
                EXPECT_EQ(TiffTags(osA), TiffTags(osB)) << osName;
                /* GTiff may have moved its directories behind its pixels. */
                EXPECT_LE(TiffDirectories(osA), TiffDirectories(osB)) << osName;
                EXPECT_TRUE(IsAllHoles(osA)) << osName;
                nTiffs++;
            } else {
                EXPECT_EQ(Contents(osA), Contents(osB)) << osName;
            }
        }
        EXPECT_GE(m_oHeader.aoImages.size(), nTiffs);
    }

    /* Expects that GTiff refuses, and this driver too, with GTiff's message. */
    void ExpectRefusedAlike(GDALDataset *poSrcDS, const Options &aosOptions,
                            bool bStrict = false)
    {
        SetUp();
        SCOPED_TRACE(Lines(aosOptions));
        Errors oTheirs;
        EXPECT_FALSE(WriteTheirs(poSrcDS, aosOptions, bStrict));
        Errors oOurs;
        Write(poSrcDS, aosOptions, bStrict);
        EXPECT_EQ(m_eStatus, RT_ERR_ARGUMENT);
        EXPECT_EQ(oOurs.nFailures, 0);
        EXPECT_EQ(Placeless(oOurs.osWarnings), Placeless(oTheirs.osWarnings));
        EXPECT_EQ(Placeless(oTheirs.osText).find(Placeless(m_osError)), 0u)
            << "'" << m_osError << "' is not in '" << oTheirs.osText << "'";
    }

    /* A message without the names of folders. */
    std::string Placeless(const std::string &osText) const
    {
        CPLString osPlaceless(osText);

        for (const std::string &osPath : {m_osOurs, m_osTheirs})
            osPlaceless.replaceAll(CPLGetPath(osPath.c_str()), "");
        const size_t nMemory = osPlaceless.find("/vsimem/");
        if (nMemory != std::string::npos)
            osPlaceless.erase(nMemory,
                              osPlaceless.find(':', nMemory) - nMemory);
        return osPlaceless;
    }

    std::string m_osOurs{}, m_osTheirs{}, m_osError{};
    RetileHeader m_oHeader{};
    rt_status m_eStatus = RT_OK;
};

/* A raster that has every kind of metadata. */
inline GDALDatasetUniquePtr Descriptive(int nBands, GDALDataType eType)
{
    GDALDatasetUniquePtr poDS = Memory(70, 40, nBands, eType);
    double adfTransform[6] = {500000, 10, 0, 4000000, 0, -10};
    OGRSpatialReference oSrs;
    char *apszXMP[] = {const_cast<char *>("<x:xmpmeta/>"), nullptr};

    EXPECT_EQ(oSrs.importFromEPSG(32633), OGRERR_NONE);
    poDS->SetGeoTransform(adfTransform);
    poDS->SetSpatialRef(&oSrs);
    poDS->SetMetadataItem("AREA_OR_POINT", "Point");
    poDS->SetMetadataItem("TIFFTAG_SOFTWARE", "test");
    poDS->SetMetadataItem("who", "someone");
    poDS->SetMetadataItem("in", "a domain", "OTHER");
    poDS->SetMetadata(apszXMP, "xml:XMP");
    for (int i = 1; i <= nBands; i++) {
        GDALRasterBand *poBand = poDS->GetRasterBand(i);
        GUIntBig anBuckets[4] = {1, 2, 3, 4};
        CPLStringList aosCategories;
        GDALDefaultRasterAttributeTable oTable;
        aosCategories.AddString("water");
        aosCategories.AddString("land");
        oTable.CreateColumn("value", GFT_Integer, GFU_MinMax);
        oTable.SetValue(0, 0, 7);
        poBand->SetDescription(CPLSPrintf("band %d", i));
        poBand->SetNoDataValue(7);
        poBand->SetOffset(3.5);
        poBand->SetScale(0.1);
        poBand->SetUnitType("m");
        poBand->SetCategoryNames(aosCategories.List());
        poBand->SetStatistics(1, 10, 5, 2);
        poBand->SetDefaultHistogram(-0.5, 3.5, 4, anBuckets);
        poBand->SetDefaultRAT(&oTable);
        poBand->SetMetadataItem("sensor", "one");
    }
    return poDS;
}

#endif
