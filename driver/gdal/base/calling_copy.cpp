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
    "_ZN10GDALDriver24QuietDeleteForCreateCopyE"};

static bool MakesCopies(const char *pszFunction)
{
    for (const char *pszCopy : apszCopies) {
        const size_t nName = strlen(pszCopy);
        const bool bArguments = pszCopy[0] == '_';

        if (strncmp(pszFunction, pszCopy, nName) == 0 &&
            (bArguments || pszFunction[nName] == '\0'))
            return true;
    }
    return false;
}

static _Unwind_Reason_Code OnFrame(struct _Unwind_Context *psFrame,
                                   void *pFound)
{
    int bBefore = 0;
    uintptr_t nAt = _Unwind_GetIPInfo(psFrame, &bBefore);
    Dl_info sFunction;

    if (!bBefore)
        nAt--; /* into the call, which may be the last instruction */
    if (nAt == 0 || dladdr(reinterpret_cast<void *>(nAt), &sFunction) == 0 ||
        sFunction.dli_sname == nullptr || !MakesCopies(sFunction.dli_sname))
        return _URC_NO_REASON;
    *static_cast<uintptr_t *>(pFound) = _Unwind_GetCFA(psFrame);
    return _URC_END_OF_STACK;
}

uintptr_t RetileCallingCopy()
{
    uintptr_t nFound = 0;

    (void)_Unwind_Backtrace(OnFrame, &nFound);
    return nFound;
}
