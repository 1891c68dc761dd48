/* reopen.c - see reopen.h.
 *
 * The XML of a VRT that was made in memory (by gdal_translate, say) names its
 * sources. But the VRT reads from the datasets that its maker has open, and
 * those may differ from what the names open: pixels that are not written to
 * disk yet, or a dataset in memory that has the name of a file. GDAL does not
 * give access to these datasets. So a name is trusted only if
 *   - the process has no file descriptor open for writing on it, and a dataset
 *     of its driver that is open for update would have one,
 *   - every dataset of that name that is open in the process has the driver
 *     that would open the name,
 *   - no component or raw reading of the file could have that name,
 *   - and it is not one of GDAL's files in memory, which have no descriptor.
 * The XML is trusted if no number in it is rounded.
 */
#include "io/vrt/reopen.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_hash_set.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/gdal_dataset.h"
#include "io/dataset/gdal_errors.h"
#include "io/vrt/open_xml.h"
#include "io/vrt/sources.h"

#define DRIVER_NAME_BYTES 64

/* GDAL's list of the datasets that are open in the process, for free(). GDAL
 * makes it under a lock, unlike the list of GDALGetOpenDatasets. */
static char *list_open_datasets(void)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);

    if (file == NULL)
        return NULL;
    (void)GDALDumpOpenDatasets(file);
    if (fclose(file) == 0)
        return text;
    free(text);
    return NULL;
}

/* Whether every open dataset of this name has this driver. */
static bool same_drivers(GDALDriverH driver, const char *name,
                         const char *open_datasets)
{
    const size_t length = strlen(name);
    const char *line = open_datasets;

    for (; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        char found[DRIVER_NAME_BYTES] = "";
        int end = 0;

        line += *line == '\n';
        if (sscanf(line, " %*d %*c %63s %*d %*dx%*dx%*d %n", found, &end) !=
                1 ||
            end == 0 || strncmp(line + end, name, length) != 0 ||
            (line[(size_t)end + length] != '\n' &&
             line[(size_t)end + length] != '\0'))
            continue;
        if (!EQUAL(found, GDALGetDriverShortName(driver)))
            return false;
    }
    return true;
}

/* Whether a dataset of this driver and name may be another one than the name
 * opens. */
static bool is_shared(GDALDriverH driver, const char *name)
{
    GDALDatasetH dataset;
    bool shared;

    if (!rt_gdal_has_components(driver))
        return false;
    dataset = rt_gdal_open(name, NULL, NULL);
    shared = dataset == NULL || rt_gdal_shares_name(dataset);
    if (dataset != NULL)
        GDALClose(dataset);
    return shared;
}

static bool is_file(int descriptor, const struct stat *file)
{
    struct stat open_file;

    return fstat(descriptor, &open_file) == 0 &&
           open_file.st_dev == file->st_dev && open_file.st_ino == file->st_ino;
}

/* Whether name, which is not a file's, contains the name of the open file, as
 * GTIFF_DIR:2:x.tif, /vsigzip/x.tif.gz or NETCDF:"x.nc":v do. */
static bool is_in_name(int descriptor, const char *name)
{
    char link[64], path[PATH_MAX];
    ssize_t n;

    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", descriptor);
    n = readlink(link, path, sizeof(path) - 1);
    if (n <= 0)
        return false;
    path[n] = '\0';
    return path[0] == '/' && strstr(name, CPLGetFilename(path)) != NULL;
}

static bool writes_to(int descriptor, const char *name, const struct stat *file)
{
    const int flags = fcntl(descriptor, F_GETFL);

    return flags != -1 && (flags & O_ACCMODE) != O_RDONLY &&
           (file != NULL ? is_file(descriptor, file)
                         : is_in_name(descriptor, name));
}

/* Whether the process has the file behind name open for writing, or may
 * have. */
static bool is_written(const char *name)
{
    struct stat status;
    const struct stat *file = stat(name, &status) == 0 ? &status : NULL;
    const struct dirent *entry;
    DIR *descriptors = opendir("/dev/fd");
    bool found = false;

    if (descriptors == NULL)
        return true;
    while (!found && (entry = readdir(descriptors)) != NULL)
        found = entry->d_name[0] != '.' &&
                writes_to(atoi(entry->d_name), name, file);
    closedir(descriptors);
    return found;
}

/* Of a VRT, only these can be written to. */
static bool has_raw_bands(const char *path)
{
    char *text = rt_vrt_text_of_file(path);
    const bool found = text != NULL && strstr(text, "VRTRawRasterBand") != NULL;

    CPLFree(text);
    return found;
}

/* Whether a dataset of this driver that is open for update has the file of its
 * name open for writing, or none can be. Others may have pixels that are not
 * written yet, and no file but one of another name, or none at all: those of
 * MRF, RRASTER, ERS, MFF, MFF2, PDS4 and PDF (seen with GDAL 3.6.2 for all
 * drivers that it can write with). */
static bool shows_writing(GDALDriverH driver, const char *path)
{
    static const char *const showing[] = {
        "BMP",    "BT",      "BYN",        "EHdr",   "ELAS",     "ENVI",
        "FITS",   "GPKG",    "GS7BG",      "GSBG",   "GTX",      "GTiff",
        "HFA",    "ISCE",    "ISIS2",      "KRO",    "LAN",      "MBTiles",
        "NITF",   "NWT_GRD", "PAux",       "PCIDSK", "PCRaster", "PNM",
        "RMF",    "RST",     "Rasterlite", "SAGA",   "SGI",      "VICAR",
        "netCDF", NULL};
    const char *name = GDALGetDriverShortName(driver);
    const char *creates = GDALGetMetadataItem(driver, GDAL_DCAP_CREATE, NULL);

    if (EQUAL(name, "VRT"))
        return !has_raw_bands(path);
    if (EQUAL(name, "PDF"))
        return false;
    return creates == NULL || !CPLTestBool(creates) ||
           rt_gdal_in_list(name, showing);
}

/* The reason why a VRT's source cannot be opened by its name, or NULL. */
static const char *distrust_name(const char *name, const char *open_datasets)
{
    GDALDriverH driver;

    if (strncmp(name, "/vsimem/", 8) == 0)
        return "it reads from a file in memory that may be open for update";
    if (is_written(name))
        return "it reads from a file that is open for update";
    driver = GDALIdentifyDriverEx(name, GDAL_OF_RASTER, NULL, NULL);
    if (driver == NULL || !same_drivers(driver, name, open_datasets))
        return "it reads from a dataset that has no name to open it by";
    if (!shows_writing(driver, name))
        return "it reads from a dataset that may be open for update";
    if (is_shared(driver, name))
        return "it reads from a dataset that may share its name with others";
    return NULL;
}

static const char *distrust(const char *xml, const char *folder)
{
    char *open_datasets = list_open_datasets();
    char **names = rt_vrt_source_names(xml, folder);
    const char *why = open_datasets == NULL ? "out of memory" : NULL;
    CPLHashSet *known =
        CPLHashSetNew(CPLHashSetHashStr, CPLHashSetEqualStr, NULL);

    for (int i = 0; why == NULL && names != NULL && names[i] != NULL; i++)
        if (CPLHashSetInsert(known, names[i]))
            why = distrust_name(names[i], open_datasets);
    CPLHashSetDestroy(known);
    CSLDestroy(names);
    free(open_datasets);
    return why;
}

static bool is_update(GDALDatasetH dataset)
{
    return GDALGetAccess(dataset) == GA_Update;
}

static void choose_xml(GDALDatasetH dataset, CSLConstList open_options,
                       struct rt_reopen *reopen)
{
    char *folder = NULL;
    char *xml = rt_vrt_xml(dataset, open_options, &folder);

    if (xml == NULL)
        reopen->why_not = "it has no XML";
    else if (is_update(dataset))
        reopen->why_not = distrust(xml, folder);
    if (xml != NULL && reopen->why_not == NULL && !rt_vrt_xml_is_exact(xml))
        reopen->why_not = "its XML has numbers that are rounded";
    if (reopen->why_not == NULL &&
        (reopen->nature.by_window || reopen->nature.under_window))
        reopen->why_not = "it resamples, and its XML might do so otherwise";
    if (reopen->why_not == NULL) {
        reopen->name = CPLStrdup(xml);
        reopen->options = CSLDuplicate(open_options);
        if (folder[0] != '\0')
            reopen->options =
                CSLSetNameValue(reopen->options, "ROOT_PATH", folder);
    }
    CPLFree(xml);
    CPLFree(folder);
}

/* Opens the name to compare; drops the name if it shows something else. A name
 * of its own must show the same dataset. XML, or a name that the caller gave,
 * only has to show the same raster: it belongs to another dataset. */
static void try_it(GDALDatasetH dataset, bool own_name,
                   struct rt_reopen *reopen)
{
    struct rt_error ignored;
    GDALDatasetH again =
        rt_gdal_open(reopen->name, (CSLConstList)reopen->options, &ignored);

    if (again == NULL)
        reopen->why_not = "it cannot be opened again by its name";
    else if (own_name ? !rt_gdal_same_dataset(dataset, again)
                      : !rt_gdal_same_raster(dataset, again))
        reopen->why_not = "its name now means another raster";
    if (again != NULL)
        GDALClose(again);
    if (reopen->why_not == NULL)
        return;
    CPLFree(reopen->name);
    reopen->name = NULL;
}

void rt_reopen_choose(GDALDatasetH dataset, const char *name,
                      CSLConstList open_options, struct rt_reopen *reopen)
{
    const bool own_name = name == NULL;
    struct rt_gdal_errors errors;

    memset(reopen, 0, sizeof(*reopen));
    rt_gdal_errors_begin(&errors);
    reopen->nature = own_name ? rt_vrt_nature_of(dataset, open_options)
                              : rt_vrt_nature_of_name(name);
    if (own_name)
        name = GDALGetDescription(dataset);
    if (own_name && reopen->nature.by_thread) {
        reopen->why_not = "it is computed on the thread of its user";
    } else if (own_name && rt_vrt_needs_xml(dataset)) {
        choose_xml(dataset, open_options, reopen);
    } else if (own_name && is_update(dataset)) {
        reopen->why_not = "it is open for update";
    } else if (strncmp(name, "/vsistdin", 9) == 0) {
        reopen->why_not = "it is the standard input";
    } else {
        reopen->name = CPLStrdup(name);
        reopen->options = CSLDuplicate(open_options);
    }
    if (reopen->name != NULL)
        try_it(dataset, own_name && !rt_vrt_needs_xml(dataset), reopen);
    rt_gdal_errors_forget_warnings(&errors);
    rt_gdal_errors_end(&errors);
}

void rt_reopen_free(struct rt_reopen *reopen)
{
    CPLFree(reopen->name);
    CSLDestroy(reopen->options);
    memset(reopen, 0, sizeof(*reopen));
}
