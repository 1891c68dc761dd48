/* copy_target.cpp - see copy_target.h. */
#include "gdal/copy_target.h"

#include <memory>

#include "cpl_conv.h"

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

/* Whether it is there and is where GDAL looks for overviews or masks of one of
 * the files: they would be read while it is replaced. */
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
    const CPLStringList aosFiles(poSrcDS->GetFileList());

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

CPLStringList RetileOlderFiles(const char *pszFilename, GDALDataset *poSrcDS)
{
    const CPLStringList aosSource(poSrcDS->GetFileList());
    CPLStringList aosFiles;
    VSIStatBufL sStat;

    if (VSIStatL(pszFilename, &sStat) != 0)
        return aosFiles;
    CPLPushErrorHandler(CPLQuietErrorHandler);
    std::unique_ptr<GDALDataset> poOld(
        GDALDataset::Open(pszFilename, GDAL_OF_RASTER));
    const CPLStringList aosOld(poOld ? poOld->GetFileList() : nullptr);
    poOld.reset();
    CPLPopErrorHandler();
    CPLErrorReset();
    for (int i = 0; i < aosOld.size(); i++)
        if (!IsAmong(aosOld[i], aosSource))
            aosFiles.AddString(aosOld[i]);
    return aosFiles;
}
