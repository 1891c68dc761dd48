/* helper.h - shared by the driver's tests: a folder for files, opening,
 * counting errors, making rasters, comparing views with their sources. */
#ifndef RETILE_AUTOTEST_HELPER_H
#define RETILE_AUTOTEST_HELPER_H

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal_priv.h"

/* Whether tests with very many cases should take only some of them, because a
 * sanitizer makes each case slow (RETILE_TEST_SHORT). */
bool IsShort();

/* In short runs true for all calls but each nth: for loops over cases that are
 * much alike. */
bool IsLeftOut(int nth);

/* This program's folder, which is removed at its end. */
const std::string &TempDir();
void SetTempDir(const std::string &osDir);
/* A new folder in it. The path has no symbolic links. */
std::string NewFolder();

/* Keeps what is reported on this thread while it exists. */
class Errors
{
  public:
    Errors();
    ~Errors();
    Errors(const Errors &) = delete;
    Errors &operator=(const Errors &) = delete;

    int nFailures = 0, nWarnings = 0;
    std::string osText; /* of all failures */
    std::string osWarnings;
};

/* Changes the working directory while it exists. */
class WorkingFolder
{
  public:
    explicit WorkingFolder(const std::string &osFolder);
    ~WorkingFolder();
    WorkingFolder(const WorkingFolder &) = delete;
    WorkingFolder &operator=(const WorkingFolder &) = delete;

  private:
    std::string m_osBefore;
};

/* Sets a configuration option while it exists. */
class Config
{
  public:
    Config(const char *pszKey, const char *pszValue);
    ~Config();
    Config(const Config &) = delete;
    Config &operator=(const Config &) = delete;

  private:
    const std::string m_osKey;
    const bool m_bHad;
    const std::string m_osBefore;
};

using Options = std::vector<std::string>;

GDALDatasetUniquePtr Open(const std::string &osName,
                          const Options &aosOptions = {});
CPLStringList ToList(const Options &aosOptions);

/* Expects that opening gives NULL and one failure that contains osSays, with
 * and without the error reporting of GDALOpenEx. */
void ExpectRefused(const std::string &osName, const Options &aosOptions,
                   const std::string &osSays, unsigned nFlags = GDAL_OF_RASTER);

void WriteText(const std::string &osPath, const std::string &osText);
bool Exists(const std::string &osPath);
/* The contents of a folder in order, without hidden files. */
Options FileNames(const std::string &osFolder);

/* The text of a descriptor; osOptions is JSON without the braces. */
std::string Descriptor(const std::string &osSource,
                       const std::string &osOptions = "");

/* What to create. */
struct Recipe {
    int nWidth = 97, nHeight = 61, nBands = 1;
    GDALDataType eType = GDT_Byte;
    Options aosCreation = {};
    unsigned nSeed = 1;
};

/* A GeoTIFF of random pixels, opened for update. */
GDALDatasetUniquePtr MakeTiff(const std::string &osPath, const Recipe &oRecipe);
/* The same, closed. */
void WriteTiff(const std::string &osPath, const Recipe &oRecipe);

/* Random bytes that are finite numbers in eType. */
std::vector<GByte> RandomPixels(std::mt19937 &oRandom, GDALDataType eType,
                                size_t nPixels);

/* A window of a band in its own type, without gaps. */
std::vector<GByte> ReadBand(GDALRasterBand *poBand, int nX, int nY, int nW,
                            int nH);
std::vector<GByte> ReadBand(GDALRasterBand *poBand);

/* A window through ReadBlock. */
std::vector<GByte> ReadByBlocks(GDALRasterBand *poBand, int nX, int nY, int nW,
                                int nH);

/* Compares everything about pixels and masks that must be the same: as a whole,
 * and in random windows, spacings and buffer types. */
void ExpectSamePixels(GDALDataset *poPlain, GDALDataset *poView,
                      std::mt19937 &oRandom);

/* An item of RETILE_STATS. */
double Statistic(GDALDataset *poView, const char *pszName);
std::string Item(GDALMajorObject *poObject, const char *pszName,
                 const char *pszDomain = "");

/* Driver COUNTING: 'COUNTING:50x30:PIXEL:scene.tif' is scene.tif cut into
 * source blocks of 50x30, which are decoded for all bands together (PIXEL) or
 * band by band (BAND). It counts how often each block is decoded. */
void RegisterCounting();
void ForgetDecodes();
/* The number of blocks decoded since ForgetDecodes, and the most decodes of one
 * block. */
int DecodedBlocks(const std::string &osName);
int MostDecodes(const std::string &osName);

#endif
