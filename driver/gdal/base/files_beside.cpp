/* files_beside.cpp - see files_beside.h. */
#include "gdal/base/files_beside.h"

static const char *const apszBeside[] = {
    ".aux.xml", ".ovr",         ".ovr.aux.xml", ".ovr.ovr",
    ".ovr.msk", ".ovr.msk.ovr", ".msk",         ".msk.aux.xml",
    ".msk.ovr", ".AUX.XML",     ".OVR",         ".MSK"};

bool RetileIsThere(const std::string &osPath)
{
    VSIStatBufL sStat;

    return VSIStatExL(osPath.c_str(), &sStat,
                      VSI_STAT_EXISTS_FLAG | VSI_STAT_NATURE_FLAG) == 0 &&
           !VSI_ISDIR(sStat.st_mode);
}

CPLStringList RetileFilesBeside(const char *pszFilename)
{
    CPLStringList aosBeside;

    for (const char *pszSuffix : apszBeside) {
        const std::string osPath = std::string(pszFilename) + pszSuffix;

        if (RetileIsThere(osPath))
            aosBeside.AddString(osPath.c_str());
    }
    return aosBeside;
}
