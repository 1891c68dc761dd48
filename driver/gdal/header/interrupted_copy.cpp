/* interrupted_copy.cpp - see interrupted_copy.h.
 *
 * The progress function is first called when everything except pixels and masks
 * is written. It then cancels the copy. In a copy with overviews, the first
 * read fails instead. A configuration option makes GTiff keep the file.
 */
#include "gdal/header/interrupted_copy.h"

#include <cstring>

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

/* The system's reason in a failed write. Such a message names a function of
 * GTiff and not the file. nullptr for other failures. */
const char *SystemsReason(const std::string &osFailure)
{
    for (const char *pszFunction : {"_tiffWriteProc:", "_tiffSeekProc:"})
        if (STARTS_WITH(osFailure.c_str(), pszFunction))
            return osFailure.c_str() + strlen(pszFunction);
    return nullptr;
}

} // namespace

rt_status RetileCheckWrites(const char *pszPath,
                            const RetileErrorKeeper &oErrors, rt_error *err)
{
    for (const std::string &osFailure : oErrors.Failures())
        if (SystemsReason(osFailure) != nullptr)
            return rt_error_set(err, RT_ERR_IO, "writing '%s' failed: %s",
                                pszPath, SystemsReason(osFailure));
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
    const auto &aosFailures = oErrors.Failures();
    const rt_status eStatus = RetileCheckWrites(pszPath, oErrors, err);

    if (eStatus != RT_OK)
        return eStatus;
    return rt_error_set(err, RT_ERR_ARGUMENT, "%s",
                        iFirst < aosFailures.size()
                            ? aosFailures[iFirst].c_str()
                            : "the GTiff driver failed and did not say why");
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
