/* keep_existing.cpp - see keep_existing.h. */
#include "gdal/base/keep_existing.h"

#include <string>

#include "gdal/base/calling_copy.h"
#include "gdal/base/descriptor.h"

/* A flag since GDAL 3.10: the call comes from GDALOpenEx. */
#ifdef GDAL_OF_FROM_GDALOPEN
static constexpr int nFromOpen = GDAL_OF_FROM_GDALOPEN;
#else
static constexpr int nFromOpen = 0;
#endif

enum class Step { NONE, LOOKED, IDENTIFIED };

/* The last step on this thread, and its copy and file. */
static thread_local Step eLastStep = Step::NONE;
static thread_local uintptr_t nLastCopy = 0;
static thread_local std::string osLastName;

static bool WasLast(Step eStep)
{
    return eLastStep == eStep && nLastCopy == RetileCallingCopy();
}

static bool WasLast(Step eStep, const char *pszName)
{
    return osLastName == pszName && WasLast(eStep);
}

bool RetileIsLookForExisting(const GDALOpenInfo &oOpenInfo)
{
    const char *const *papszAllowed = oOpenInfo.papszAllowedDrivers;

    return (oOpenInfo.nOpenFlags & ~nFromOpen) == GDAL_OF_RASTER &&
           papszAllowed != nullptr && papszAllowed[0] != nullptr &&
           papszAllowed[1] == nullptr && EQUAL(papszAllowed[0], "RETILE") &&
           RetileCallingCopy() != 0;
}

void RetileExpectDeletion(const char *pszName)
{
    nLastCopy = RetileCallingCopy();
    eLastStep = nLastCopy != 0 ? Step::LOOKED : Step::NONE;
    osLastName = pszName;
}

/* GDALIdentifyDriver passes no flags (3.6), or all kinds of datasets except
 * multidimensional ones. GDALOpenEx passes the same kinds, and nFromOpen since
 * 3.10. Taking an open for an identify does no harm: GDAL calls Open in any
 * case. */
static bool IsIdentifyOnly(const GDALOpenInfo &oOpenInfo)
{
    const int nAllKinds = GDAL_OF_KIND_MASK & ~GDAL_OF_MULTIDIM_RASTER;

    return (oOpenInfo.nOpenFlags == 0 || oOpenInfo.nOpenFlags == nAllKinds) &&
           oOpenInfo.papszAllowedDrivers == nullptr &&
           oOpenInfo.papszOpenOptions == nullptr;
}

bool RetileIsIdentifiedForDeletion(const GDALOpenInfo &oOpenInfo)
{
    const char *pszName = oOpenInfo.pszFilename;
    const bool bFile = oOpenInfo.bStatOK && !oOpenInfo.bIsDirectory;
    const bool bExpected = WasLast(Step::LOOKED, pszName) &&
                           IsIdentifyOnly(oOpenInfo) &&
                           (bFile || RetileIsPrefixed(pszName) ||
                            RetileIsText(pszName) || RetileIsQuietDelete());

    eLastStep = bExpected ? Step::IDENTIFIED : Step::NONE;
    return bExpected;
}

/* GDAL replaces the name of a symbolic link that leads to no file by what the
 * link says, so the claimed name may be another one. */
bool RetileIsDeletionToSkip(const char *pszName)
{
    const bool bSkip = WasLast(Step::IDENTIFIED, pszName) ||
                       (WasLast(Step::IDENTIFIED) && RetileIsQuietDelete());

    eLastStep = Step::NONE;
    return bSkip;
}
