/* calling_copy.cpp - see calling_copy.h.
 *
 * GDAL does not say which function opens or identifies a file, nor why. But the
 * functions that make copies belong to GDAL's interface. The dynamic linker
 * therefore knows their names, and their stack frames can be found.
 */
#include "gdal/base/calling_copy.h"

#include <cstring>
#include <dlfcn.h>
#include <unwind.h>

/* Names as the linker knows them; C++ names without arguments. The last one is
 * the part of GDALDriver::CreateCopy that deletes, since GDAL 3.7. */
static const char *const apszCopies[] = {
    "GDALCreateCopy", "GDALTranslate", "_ZN10GDALDriver10CreateCopyE",
    "_ZN10GDALDriver24QuietDeleteForCreateCopyE", nullptr};

/* Functions that delete what a new file replaces. */
static const char *const apszQuietDeletes[] = {
    "_ZN10GDALDriver11QuietDeleteE",
    "_ZN10GDALDriver24QuietDeleteForCreateCopyE", nullptr};

namespace
{

struct Search {
    const char *const *papszNames; /* ends with nullptr */
    uintptr_t nFound;
};

} // namespace

static bool IsAmong(const char *pszFunction, const char *const *papszNames)
{
    for (; *papszNames != nullptr; papszNames++) {
        const size_t nName = strlen(*papszNames);
        const bool bArguments = **papszNames == '_';

        if (strncmp(pszFunction, *papszNames, nName) == 0 &&
            (bArguments || pszFunction[nName] == '\0'))
            return true;
    }
    return false;
}

static _Unwind_Reason_Code OnFrame(struct _Unwind_Context *psFrame,
                                   void *pSearch)
{
    auto *psSearch = static_cast<Search *>(pSearch);
    int bBefore = 0;
    uintptr_t nAt = _Unwind_GetIPInfo(psFrame, &bBefore);
    Dl_info sFunction;

    if (!bBefore)
        nAt--; /* into the call, which may be the last instruction */
    if (nAt == 0 || dladdr(reinterpret_cast<void *>(nAt), &sFunction) == 0 ||
        sFunction.dli_sname == nullptr ||
        !IsAmong(sFunction.dli_sname, psSearch->papszNames))
        return _URC_NO_REASON;
    psSearch->nFound = _Unwind_GetCFA(psFrame);
    return _URC_END_OF_STACK;
}

static uintptr_t Find(const char *const *papszNames)
{
    Search sSearch = {papszNames, 0};

    (void)_Unwind_Backtrace(OnFrame, &sSearch);
    return sSearch.nFound;
}

uintptr_t RetileCallingCopy()
{
    return Find(apszCopies);
}

bool RetileIsQuietDelete()
{
    return Find(apszQuietDeletes) != 0;
}
