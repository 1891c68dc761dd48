/* fuzz_vrt.cpp - the XML of VRTs, as far as the driver reads it. */
#include "cpl_string.h"
#include "fuzz.h"
#include "io/vrt/sources.h"
#include "io/vrt/window.h"

extern "C" int LLVMFuzzerInitialize(int *, char ***)
{
    FuzzStart();
    return 0;
}

static char *Rename(void *pContext, const char *, CSLConstList)
{
    ++*static_cast<int *>(pContext);
    return CPLStrdup(RT_COPY_VIEW_PREFIX "1");
}

/* All sources have the new name, and nothing else has it. */
static void CheckRenaming(const char *pszXml, const char *pszFolder)
{
    int nRenamed = 0;
    char *pszNew = rt_vrt_rename_sources(pszXml, pszFolder, Rename, &nRenamed);

    if (pszNew != nullptr && nRenamed > 0) {
        char **papszNames = rt_vrt_source_names(pszNew, pszFolder);

        FuzzExpect(rt_vrt_reads_views(pszNew), "all sources are renamed");
        FuzzExpect(CSLCount(papszNames) == nRenamed, "all are there");
        CSLDestroy(papszNames);
    }
    CPLFree(pszNew);
}

static void CheckWindow(const char *pszXml, const char *pszFolder)
{
    rt_vrt_window oWindow{};

    if (!rt_vrt_window_parse(pszXml, pszFolder, &oWindow))
        return;
    FuzzExpect(oWindow.name != nullptr, "a window is one on something");
    FuzzExpect(oWindow.w_px > 0 && oWindow.h_px > 0, "it has a size");
    FuzzExpect(oWindow.n_bands > 0, "it has bands");
    for (int i = 0; i < oWindow.n_bands; i++)
        FuzzExpect(oWindow.bands[i] > 0, "a band is of the source");
    rt_vrt_window_free(&oWindow);
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *pabyData, size_t nSize)
{
    const std::string osXml(reinterpret_cast<const char *>(pabyData), nSize);

    for (const char *pszFolder : {"", "/folder"}) {
        CSLDestroy(rt_vrt_source_names(osXml.c_str(), pszFolder));
        CheckRenaming(osXml.c_str(), pszFolder);
        CheckWindow(osXml.c_str(), pszFolder);
    }
    (void)rt_vrt_xml_is_exact(osXml.c_str());
    (void)rt_vrt_reads_together(osXml.c_str());
    return 0;
}
