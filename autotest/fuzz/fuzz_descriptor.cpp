/* fuzz_descriptor.cpp - names of views: descriptors as texts and as files, and
 * prefixes. A descriptor that is read, written and read again stays the same.
 */
#include "fuzz.h"
#include "gdal/base/descriptor.h"

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    FuzzStart();
    return 0;
}

static void CheckName(const std::string &osName)
{
    RetileDescriptor oRead, oAgain;
    rt_error oError{};
    const rt_status eStatus =
        RetileReadDescriptor(osName.c_str(), oRead, &oError);

    FuzzStatus(eStatus, oError);
    if (eStatus != RT_OK)
        return;
    FuzzExpect(!oRead.osSource.empty(), "a descriptor has a source");
    const std::string osText = RetileDescriptorText(oRead);
    FuzzExpect(RetileIsText(osText.c_str()), "its text is known for one");
    /* A text over 1 MiB does not count as a descriptor. */
    if (osText.size() > 1024 * 1024)
        return;
    FuzzExpect(RetileReadDescriptor(osText.c_str(), oAgain, &oError) == RT_OK,
               "its text can be read");
    FuzzExpect(oAgain.osSource == oRead.osSource, "the source stays");
    FuzzExpect(oAgain.oOptions == oRead.oOptions, "the options stay");
    FuzzExpect(oAgain.aosSourceOptions.size() == oRead.aosSourceOptions.size(),
               "the source's options stay");
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *pabyData, size_t nSize)
{
    const FuzzFile oFile("/vsimem/fuzz/a.retile", pabyData, nSize);
    const std::string osText(reinterpret_cast<const char *>(pabyData), nSize);

    CheckName(oFile.Path());
    if (RetileIsPrefixed(osText.c_str()) || RetileIsText(osText.c_str()))
        CheckName(osText);
    return 0;
}
