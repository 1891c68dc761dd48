/* copy_target.cpp - see copy_target.h.
 *
 * Files are removed because of their names. That an older dataset lists a file
 * is not enough: a VRT lists its sources.
 */
#include "gdal/base/copy_target.h"

#include <cstring>
#include <memory>

#include "cpl_conv.h"
#include "gdal/base/descriptor.h"
#include "gdal/base/files_beside.h"
#include "io/vrt/files.h"

static bool IsSameFile(const char *pszA, const char *pszB)
{
    VSIStatBufL sA, sB;

    if (strcmp(pszA, pszB) == 0)
        return true;
    if (STARTS_WITH(pszA, "/vsi") || STARTS_WITH(pszB, "/vsi"))
        return false;
    return VSIStatL(pszA, &sA) == 0 && VSIStatL(pszB, &sB) == 0 &&
           sA.st_dev == sB.st_dev && sA.st_ino == sB.st_ino;
}

static bool IsAmong(const char *pszName, const CPLStringList &aosNames)
{
    for (int i = 0; i < aosNames.size(); i++)
        if (IsSameFile(pszName, aosNames[i]))
            return true;
    return false;
}

/* Whether pszName exists and GDAL would read it as overviews or masks of one of
 * the files. It would then be read while it is replaced. */
static bool BelongsToOneOf(const char *pszName, const CPLStringList &aosNames)
{
    const char *pszExtension = CPLGetExtension(pszName);
    VSIStatBufL sStat;

    return (EQUAL(pszExtension, "ovr") || EQUAL(pszExtension, "msk")) &&
           VSIStatL(pszName, &sStat) == 0 &&
           IsAmong(CPLString(pszName).substr(0, strlen(pszName) - 4).c_str(),
                   aosNames);
}

rt_status RetileCheckTarget(const char *pszFilename, GDALDataset *poSrcDS,
                            rt_error *err)
{
    if (RetileIsPrefixed(pszFilename) || RetileIsText(pszFilename))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "'%s' names a view, and cannot be the target; "
                            "write to the name of a file",
                            pszFilename);
    const CPLStringList aosFiles(rt_vrt_files(GDALDataset::ToHandle(poSrcDS),
                                              poSrcDS->GetDescription(), 0));
    if (BelongsToOneOf(pszFilename, aosFiles))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "'%s' has overviews or masks of the source, which "
                            "would be read while they are replaced; delete it "
                            "first, or write to another name",
                            pszFilename);
    if (!IsAmong(pszFilename, aosFiles) &&
        !EQUAL(pszFilename, poSrcDS->GetDescription()))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "'%s' is the source, or a file of it, and cannot be "
                        "the target as well; write to another name",
                        pszFilename);
}

/* Whether GTiff knows osPrefix, such as GTIFF_RAW:, and what comes after it as
 * the name of a file. */
static bool IsPrefixOfGTiff(const std::string &osPrefix)
{
    static const char *const apszGTiff[] = {"GTiff", nullptr};
    GByte abyTiff[] = {'I', 'I', 42, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    const std::string osFile =
        CPLSPrintf("/vsimem/.retile_%p.tif", static_cast<void *>(abyTiff));

    VSIFCloseL(
        VSIFileFromMemBuffer(osFile.c_str(), abyTiff, sizeof(abyTiff), FALSE));
    const bool bKnown =
        GDALIdentifyDriverEx((osPrefix + osFile).c_str(), GDAL_OF_RASTER,
                             apszGTiff, nullptr) != nullptr;
    VSIUnlink(osFile.c_str());
    return bKnown;
}

rt_status RetileCheckTiffName(const char *pszFilename, rt_error *err)
{
    const char *pszColon = strchr(pszFilename, ':');

    if (STARTS_WITH(pszFilename, "/") || pszColon == nullptr ||
        !IsPrefixOfGTiff(std::string(pszFilename, pszColon + 1)))
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "GTiff takes '%s' for (a part of) another file, and "
                        "could not open a file of this name; write to './%s' "
                        "or to another name",
                        pszFilename, pszFilename);
}

/* Whether GTiff would take the georeferencing of pszFilename from pszFile: a
 * world file or an RPC file. */
static bool IsPlacing(const char *pszFile, const char *pszFilename)
{
    const std::string osBase = CPLResetExtension(pszFilename, "");
    const size_t nBase = osBase.size() - 1; /* without the dot */
    const std::string osExtension = CPLGetExtension(pszFilename);

    if (osExtension.empty() || strncmp(pszFile, osBase.c_str(), nBase) != 0)
        return false;
    const char *pszRest = pszFile + nBase;
    const std::string osShort = std::string(".") + osExtension[0] +
                                osExtension[osExtension.size() - 1] + "w";
    return EQUAL(pszRest, osShort.c_str()) ||
           EQUAL(pszRest, ("." + osExtension + "w").c_str()) ||
           EQUAL(pszRest, ".wld") || EQUAL(pszRest, ".rpb") ||
           EQUAL(pszRest, "_rpc.txt");
}

/* Whether GTiff names pszFile after pszFilename, such as o.IMD and o_RPC.TXT
 * after o.tif. It looks for the files of satellite data under many names. */
static bool IsNamedAfter(const char *pszFile, const char *pszFilename)
{
    const std::string osBase = CPLResetExtension(pszFilename, "");
    const size_t nBase = osBase.size() - 1; /* without the dot */

    return strncmp(pszFile, osBase.c_str(), nBase) == 0 &&
           (pszFile[nBase] == '.' || pszFile[nBase] == '_') &&
           strcmp(pszFile, pszFilename) != 0;
}

struct Older {
    CPLStringList aosFiles{};
    bool bGTiff = false;
};

/* The file list of the dataset that exists under this name. */
static Older FilesOf(const char *pszFilename)
{
    const CPLErr eBefore = CPLGetLastErrorType();
    const CPLErrorNum nBefore = CPLGetLastErrorNo();
    const std::string osBefore = CPLGetLastErrorMsg();

    CPLPushErrorHandler(CPLQuietErrorHandler);
    std::unique_ptr<GDALDataset> poOld(
        GDALDataset::Open(pszFilename, GDAL_OF_RASTER));
    Older oOlder;
    if (poOld != nullptr) {
        oOlder.aosFiles = poOld->GetFileList();
        oOlder.bGTiff = EQUAL(poOld->GetDriverName(), "GTiff");
    }
    poOld.reset();
    CPLPopErrorHandler();
    CPLErrorSetState(eBefore, nBefore, osBefore.c_str());
    return oOlder;
}

CPLStringList RetileOlderFiles(const char *pszFilename, GDALDataset *poSrcDS)
{
    CPLStringList aosFiles;

    if (!RetileIsThere(pszFilename))
        return aosFiles;
    const CPLStringList aosSource(rt_vrt_files(GDALDataset::ToHandle(poSrcDS),
                                               poSrcDS->GetDescription(), 0));
    const CPLStringList aosBeside(RetileFilesBeside(pszFilename));
    for (int i = 0; i < aosBeside.size(); i++)
        if (!IsAmong(aosBeside[i], aosSource))
            aosFiles.AddString(aosBeside[i]);
    const Older oOlder = FilesOf(pszFilename);
    for (int i = 0; i < oOlder.aosFiles.size(); i++) {
        const char *pszOlder = oOlder.aosFiles[i];

        if ((IsPlacing(pszOlder, pszFilename) ||
             (oOlder.bGTiff && IsNamedAfter(pszOlder, pszFilename))) &&
            !IsAmong(pszOlder, aosSource) && !IsAmong(pszOlder, aosFiles))
            aosFiles.AddString(pszOlder);
    }
    return aosFiles;
}
