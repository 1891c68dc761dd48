/* write_cog.cpp - makes a COG with this driver from the tiles of GDAL's. It
 * runs in a process of its own, so that a validator can check the file and
 * faults can be injected:
 *
 *   write_cog SOURCE REFERENCE TARGET SPILL_FOLDER [OPTION=VALUE...]
 *             [-- OVERVIEW_OPTION=VALUE...]
 *
 * REFERENCE was made from SOURCE by GDAL's COG driver. The options are those
 * that it passes to GTiff. Exits with 0 when TARGET is in place, otherwise with
 * 1 and the message.
 */
#include <cstdio>
#include <cstring>

#include "cog_rig.h"
#include "io/output/files.h"

static rt_status Write(Cog &oCog, const char *pszSource,
                       const char *pszReference, const char *pszTarget)
{
    const GDALDatasetUniquePtr poSrcDS(GDALDataset::Open(pszSource));
    rt_output *output = nullptr;

    if (poSrcDS == nullptr)
        return rt_error_set(&oCog.err, RT_ERR_SOURCE, "cannot open");
    rt_status eStatus = rt_output_create(pszTarget, &output, &oCog.err);
    if (eStatus == RT_OK) {
        oCog.osPath = rt_output_path(output);
        eStatus = Refill(oCog, poSrcDS.get(), pszReference);
    }
    if (eStatus == RT_OK)
        eStatus = rt_output_commit(output, nullptr, nullptr, &oCog.err);
    rt_output_discard(output);
    return eStatus;
}

int main(int argc, char **argv)
{
    Cog oCog;
    CPLStringList *poOptions = &oCog.aosOptions;

    if (argc < 5)
        return 2;
    GDALAllRegister();
    oCog.osFolder = argv[4];
    for (int i = 5; i < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            poOptions = &oCog.aosOverviewOptions;
        else
            poOptions->AddString(argv[i]);
    if (Write(oCog, argv[1], argv[2], argv[3]) == RT_OK)
        return 0;
    fprintf(stderr, "%s\n", oCog.err.text);
    return 1;
}
