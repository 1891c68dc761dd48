/* raw_tile_copy_rig.h - copies, and the encoded tiles of source and copy. */
#ifndef RETILE_AUTOTEST_RAW_TILE_COPY_RIG_H
#define RETILE_AUTOTEST_RAW_TILE_COPY_RIG_H

#include <functional>

#include <tiffio.h>

#include "gdal_utils.h"
#include "geotiff_rig.h"
#include "helper.h"

/* Keeps what the driver reports while it exists. */
class Debug
{
  public:
    Debug() { CPLPushErrorHandlerEx(Keep, this); }
    ~Debug() { CPLPopErrorHandler(); }
    Debug(const Debug &) = delete;
    Debug &operator=(const Debug &) = delete;

    std::string osText{}, osFailures{};
    int nFailures = 0;

  private:
    static void CPL_STDCALL Keep(CPLErr eClass, CPLErrorNum /* nNumber */,
                                 const char *pszText)
    {
        auto *poThis = static_cast<Debug *>(CPLGetErrorHandlerUserData());

        poThis->osText += std::string(pszText) + "\n";
        if (eClass != CE_Failure)
            return;
        poThis->osFailures += pszText;
        poThis->nFailures++;
    }

    const Config m_oDebug{"CPL_DEBUG", "RETILE"};
};

inline void Resize(const std::string &osPath, int64_t nByBytes)
{
    VSIStatBufL sStat;
    VSILFILE *fp = VSIFOpenL(osPath.c_str(), "rb+");

    ASSERT_EQ(VSIStatL(osPath.c_str(), &sStat), 0);
    EXPECT_EQ(VSIFTruncateL(fp, static_cast<vsi_l_offset>(
                                    int64_t{sStat.st_size} + nByBytes)),
              0);
    VSIFCloseL(fp);
}

using Progress = std::function<bool(double)>;

inline int CPL_STDCALL OnProgress(double dfDone, const char * /* pszText */,
                                  void *pContext)
{
    return (*static_cast<Progress *>(pContext))(dfDone);
}

/* The bytes of an encoded tile; empty for a hole. */
inline std::string RawTile(TIFF *hTiff, uint32_t nTile)
{
    const auto nBytes =
        static_cast<tmsize_t>(TIFFGetStrileByteCount(hTiff, nTile));
    std::string osBytes(static_cast<size_t>(nBytes), '\0');

    if (nBytes > 0) {
        EXPECT_EQ(TIFFReadRawTile(hTiff, nTile, &osBytes[0], nBytes), nBytes);
    }
    return osBytes;
}

struct CloseTiff {
    void operator()(TIFF *hTiff) const { TIFFClose(hTiff); }
};

/* Gives the encoded tile under a pixel of a plane. */
class Tiles
{
  public:
    explicit Tiles(const std::string &osPath, int nDirectory = 0)
        : m_hTiff(TIFFOpen(osPath.c_str(), "rm"))
    {
        EXPECT_NE(m_hTiff, nullptr);
        EXPECT_TRUE(
            TIFFSetDirectory(m_hTiff.get(), static_cast<tdir_t>(nDirectory)));
    }

    std::string At(int nX, int nY, int nPlane) const
    {
        return RawTile(m_hTiff.get(),
                       TIFFComputeTile(m_hTiff.get(), static_cast<uint32_t>(nX),
                                       static_cast<uint32_t>(nY), 0,
                                       static_cast<uint16_t>(nPlane)));
    }
    int Planes() const
    {
        uint16_t nPlanar = PLANARCONFIG_CONTIG, nBands = 1;

        TIFFGetFieldDefaulted(m_hTiff.get(), TIFFTAG_PLANARCONFIG, &nPlanar);
        TIFFGetFieldDefaulted(m_hTiff.get(), TIFFTAG_SAMPLESPERPIXEL, &nBands);
        return nPlanar == PLANARCONFIG_CONTIG ? 1 : nBands;
    }

  private:
    std::unique_ptr<TIFF, CloseTiff> m_hTiff;
};

class RawTileCopy : public ::testing::Test
{
  protected:
    static constexpr int nTile = 64;

    void SetUp() override
    {
        m_osSource = NewFolder() + "/source.tif";
        m_osOut = NewFolder() + "/out.tif";
    }

    static Options WithTiles(Options aosOptions)
    {
        for (const char *pszOption :
             {"TILED=YES", "BLOCKXSIZE=64", "BLOCKYSIZE=64"})
            aosOptions.push_back(pszOption);
        return aosOptions;
    }

    void WriteSource(const Options &aosOptions, int nBands = 3,
                     GDALDataType eType = GDT_Byte)
    {
        WriteTiff(m_osSource, {200, 150, nBands, eType, WithTiles(aosOptions)});
    }

    static CPLStringList OurOptions(const Options &aosOptions)
    {
        CPLStringList aosList = ToList(aosOptions);

        for (const char *pszName : {"BLOCKXSIZE", "BLOCKYSIZE"})
            if (aosList.FetchNameValue(pszName) == nullptr)
                aosList.SetNameValue(pszName, "64");
        return aosList;
    }

    /* What gdal_translate passes to a driver. */
    GDALDatasetUniquePtr Translated(const std::string &osName,
                                    const std::string &osArguments)
    {
        const CPLStringList aosArguments(
            CSLTokenizeString(("-q -of VRT " + osArguments).c_str()));
        GDALTranslateOptions *poOptions = GDALTranslateOptionsNew(
            const_cast<char **>(aosArguments.List()), nullptr);
        m_apoOpened.push_back(Open(osName));
        GDALDatasetUniquePtr poVrt(GDALDataset::FromHandle(
            GDALTranslate("", GDALDataset::ToHandle(m_apoOpened.back().get()),
                          poOptions, nullptr)));

        GDALTranslateOptionsFree(poOptions);
        EXPECT_NE(poVrt, nullptr) << osArguments;
        return poVrt;
    }

    GDALDatasetUniquePtr Copy(GDALDataset *poDS, const Options &aosOptions,
                              Progress oProgress = nullptr)
    {
        const CPLStringList aosList = OurOptions(aosOptions);

        return GDALDatasetUniquePtr(
            GetGDALDriverManager()->GetDriverByName("RETILE")->CreateCopy(
                m_osOut.c_str(), poDS, FALSE, aosList.List(),
                oProgress ? OnProgress : nullptr, &oProgress));
    }

    /* Expects the pixels and masks of GTiff's own copy. */
    void ExpectAsGTiff(GDALDataset *poSource, const Options &aosOptions)
    {
        const Config oNoCheck("GDAL_VALIDATE_CREATION_OPTIONS", "NO");
        const std::string osTheirs = NewFolder() + "/theirs.tif";
        CPLStringList aosList = OurOptions(aosOptions);
        std::mt19937 oRandom(1);

        aosList.SetNameValue("TILED", "YES");
        GDALClose(GDALDataset::ToHandle(
            GetGDALDriverManager()->GetDriverByName("GTiff")->CreateCopy(
                osTheirs.c_str(), poSource, FALSE, aosList.List(), nullptr,
                nullptr)));
        ExpectSamePixels(Open(osTheirs).get(), Open(m_osOut).get(), oRandom);
    }

    /* Expects that each tile of the copy is the source's tile at an offset of
     * nX, nY, for the planes of anBands, from 1; empty: all planes. */
    void ExpectTilesOfSource(int nX = 0, int nY = 0,
                             std::vector<int> anBands = {},
                             int nDirectory = 0) const
    {
        const auto poDS = Open(m_osOut);
        const Tiles oFrom(m_osSource, nDirectory), oTo(m_osOut, nDirectory);

        for (int i = 0; i < oTo.Planes(); i++) {
            const int nPlane =
                anBands.empty() ? i : anBands[static_cast<size_t>(i)] - 1;
            for (int y = 0; y < poDS->GetRasterYSize(); y += nTile)
                for (int x = 0; x < poDS->GetRasterXSize(); x += nTile)
                    EXPECT_TRUE(oTo.At(x, y, i) ==
                                oFrom.At(nX + x, nY + y, nPlane))
                        << x << "," << y << " of plane " << i;
        }
    }

    /* Expects that REQUIRED fails for this reason and leaves nothing, and that
     * AUTO decodes, with GTiff's pixels. */
    void ExpectRefused(GDALDataset *poDS, const Options &aosOptions,
                       const std::string &osWhy)
    {
        SCOPED_TRACE(osWhy);
        ExpectDecoded(poDS, aosOptions, osWhy);
        ExpectAsGTiff(poDS, aosOptions);
    }

    /* The same without comparing pixels. */
    void ExpectDecoded(GDALDataset *poDS, const Options &aosOptions,
                       const std::string &osWhy)
    {
        Options aosRequired = aosOptions;
        VSIUnlink(m_osOut.c_str());
        aosRequired.push_back("PASSTHROUGH=REQUIRED");
        {
            const Debug oDebug;
            EXPECT_EQ(Copy(poDS, aosRequired), nullptr);
            EXPECT_EQ(oDebug.nFailures, 1);
            EXPECT_NE(oDebug.osFailures.find("PASSTHROUGH=REQUIRED: "),
                      std::string::npos);
            EXPECT_NE(oDebug.osFailures.find(osWhy), std::string::npos)
                << oDebug.osFailures;
        }
        ExpectNothingLeft();
        const Debug oDebug;
        ASSERT_NE(Copy(poDS, aosOptions), nullptr) << oDebug.osFailures;
        EXPECT_NE(oDebug.osText.find("bands: no raw tile copy: "),
                  std::string::npos);
        EXPECT_NE(oDebug.osText.find(osWhy), std::string::npos);
    }

    void ExpectNothingLeft() const
    {
        const CPLStringList aosNames(VSIReadDir(CPLGetPath(m_osOut.c_str())));

        for (int i = 0; i < aosNames.size(); i++)
            EXPECT_TRUE(EQUAL(aosNames[i], ".") || EQUAL(aosNames[i], ".."))
                << aosNames[i];
    }

    std::string m_osSource{}, m_osOut{};

  private:
    std::vector<GDALDatasetUniquePtr> m_apoOpened{}; /* under VRTs */
};

#endif
