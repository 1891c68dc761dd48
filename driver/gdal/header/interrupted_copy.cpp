/* interrupted_copy.cpp - see interrupted_copy.h.
 *
 * The progress function is first called when everything except pixels and masks
 * is written. It then cancels the copy. In a copy with overviews, the first
 * read fails instead. A configuration option makes GTiff keep the file.
 */
#include "gdal/header/interrupted_copy.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "cpl_conv.h"

namespace
{

struct Interruption {
    const RetileErrorKeeper &oErrors;
    const RetilePixelsBegin eBegin;
    bool bCame = false;
    size_t nForgiven = 0; /* failures before it that did not stop GTiff */

    void Come()
    {
        if (!bCame)
            nForgiven = oErrors.Failures().size();
        bCame = true;
    }
};

int CPL_STDCALL OnProgress(double /* dfComplete */,
                           const char * /* pszMessage */, void *pData)
{
    auto *poInterruption = static_cast<Interruption *>(pData);

    if (poInterruption->eBegin == RetilePixelsBegin::AtProgress)
        poInterruption->Come();
    return !poInterruption->bCame;
}

/* Whether libtiff reports it of this file: it begins with the name of one of
 * libtiff's functions, or with the file's. */
bool IsOfLibtiff(const std::string &osFailure, const char *pszPath)
{
    return STARTS_WITH(osFailure.c_str(), "TIFF") ||
           STARTS_WITH(osFailure.c_str(), RetileShownName::In(pszPath).c_str());
}

/* Why a write failed, if that is what the failure tells; otherwise "". GTiff's
 * own message names a function of it and not the file. Later versions' GTiff
 * hands the system's reason to libtiff, which prints it and reports a failure
 * without it. */
std::string WriteFailed(const char *pszPath, const RetileErrorKeeper &oErrors,
                        size_t iFailure)
{
    const int anReasons[] = {ENOSPC, EDQUOT, EFBIG, EIO};
    const std::string &osFailure = oErrors.Failures()[iFailure];
    const int nErrno = oErrors.SystemError(iFailure);

    for (const char *pszFunction : {"_tiffWriteProc:", "_tiffSeekProc:"})
        if (STARTS_WITH(osFailure.c_str(), pszFunction))
            return osFailure.substr(strlen(pszFunction));
    if (!IsOfLibtiff(osFailure, pszPath))
        return "";
    if (std::find(std::begin(anReasons), std::end(anReasons), nErrno) !=
        std::end(anReasons))
        return VSIStrerror(nErrno);
    return STARTS_WITH(osFailure.c_str(), "TIFFWriteDirectory") ? osFailure
                                                                : "";
}

} // namespace

rt_status RetileCheckWrites(const char *pszPath,
                            const RetileErrorKeeper &oErrors, rt_error *err)
{
    for (size_t i = 0; i < oErrors.Failures().size(); i++) {
        const std::string osReason = WriteFailed(pszPath, oErrors, i);

        if (!osReason.empty())
            return rt_error_set(err, RT_ERR_IO, "writing '%s' failed: %s",
                                pszPath, osReason.c_str());
    }
    /* If GDAL cannot write the .aux.xml file, it only warns, without a reason.
     */
    for (const auto &oWarning : oErrors.Warnings())
        if (STARTS_WITH(oWarning.second.c_str(), "Unable to save auxiliary"))
            return rt_error_set(err, RT_ERR_IO, "%s", oWarning.second.c_str());
    return RT_OK;
}

rt_status RetileRefused(const char *pszPath, const RetileErrorKeeper &oErrors,
                        size_t iFirst, rt_error *err)
{
    const rt_status eStatus = RetileCheckWrites(pszPath, oErrors, err);

    if (eStatus != RT_OK)
        return eStatus;
    return rt_error_set(
        err, RT_ERR_ARGUMENT, "%s",
        oErrors.Told(iFirst, "the GTiff driver failed and did not say why")
            .c_str());
}

rt_status RetileCopyUntilPixels(const char *pszPath,
                                RetileHeaderSource &oSource, bool bStrict,
                                CSLConstList papszOptions,
                                RetilePixelsBegin eBegin,
                                RetileErrorKeeper &oErrors, rt_error *err)
{
    const CPLConfigOptionSetter oNoCheck("GDAL_VALIDATE_CREATION_OPTIONS", "NO",
                                         false);
    const CPLConfigOptionSetter oLeave("GTIFF_DELETE_ON_ERROR", "NO", false);
    GDALDriver *poGTiff = GetGDALDriverManager()->GetDriverByName("GTiff");
    Interruption oInterruption = {oErrors, eBegin};

    if (poGTiff == nullptr)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "this needs GDAL's driver GTiff, and it is not "
                            "there");
    if (eBegin == RetilePixelsBegin::AtRead)
        oSource.OnRead([&oInterruption] { oInterruption.Come(); });
    const GDALDatasetUniquePtr poCopy(poGTiff->CreateCopy(
        pszPath, &oSource, bStrict, const_cast<char **>(papszOptions),
        OnProgress, &oInterruption));
    oSource.OnRead(nullptr);
    if (!oInterruption.bCame)
        return RetileRefused(pszPath, oErrors, 0, err);
    oErrors.Forget(eBegin == RetilePixelsBegin::AtRead
                       ? RetileHeaderSource::pszNoPixels
                       : "User terminated CreateCopy()");
    if (oErrors.Failures().size() > oInterruption.nForgiven)
        return RetileRefused(pszPath, oErrors, oInterruption.nForgiven, err);
    return RT_OK;
}
