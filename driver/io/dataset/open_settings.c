/* open_settings.c - see open_settings.h.
 *
 * GDAL looks at the thread's options first, then at the process's, then at the
 * environment. A thread can set an option for itself, but it cannot hide one
 * that the process has set.
 */
#include "io/dataset/open_settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal.h"
#include "io/dataset/join_lines.h"

struct rt_open_settings {
    char **list; /* NAME=VALUE, names in upper case, sorted */
    char *text;
};

/* Options that cannot change a pixel. A name that ends with a star stands for
 * every name with this beginning. */
static const char *const harmless[] = {"RETILE_*",
                                       "CPL_ACCUM_ERROR_MSG",
                                       "CPL_CURL_VERBOSE",
                                       "CPL_DEBUG*",
                                       "CPL_ERROR_SEPARATOR",
                                       "CPL_LOG*",
                                       "CPL_MAX_ERROR_REPORTS",
                                       "CPL_TIMESTAMP",
                                       "CPL_TMPDIR",
                                       "CPL_VSIL_CURL_CACHE_SIZE",
                                       "CPL_VSIL_CURL_CHUNK_SIZE",
                                       "CPL_VSIL_GZIP_*",
                                       "CPL_VSIL_NETWORK_STATS_ENABLED",
                                       "CPL_VSIL_SHOW_NETWORK_STATS",
                                       "CHECK_DISK_FREE_SPACE",
                                       "GDAL_BAND_BLOCK_CACHE",
                                       "GDAL_CACHEMAX",
                                       "GDAL_DRIVER_PATH",
                                       "GDAL_ERROR_ON_LIBJPEG_WARNING",
                                       "GDAL_HTTP_CONNECTTIMEOUT",
                                       "GDAL_HTTP_LOW_SPEED_*",
                                       "GDAL_HTTP_MAX_RETRY",
                                       "GDAL_HTTP_MERGE_CONSECUTIVE_RANGES",
                                       "GDAL_HTTP_MULTIPLEX",
                                       "GDAL_HTTP_MULTIRANGE",
                                       "GDAL_HTTP_RETRY_DELAY",
                                       "GDAL_HTTP_TIMEOUT",
                                       "GDAL_HTTP_USERAGENT",
                                       "GDAL_HTTP_VERSION",
                                       "GDAL_INGESTED_BYTES_AT_OPEN",
                                       "GDAL_MAX_DATASET_POOL_*",
                                       "GDAL_NUM_THREADS",
                                       "GDAL_PYTHON_DRIVER_PATH",
                                       "GDAL_SWATH_SIZE",
                                       "GDAL_TIFF_INTERNAL_MASK",
                                       "GDAL_TIFF_OVR_BLOCKSIZE",
                                       "VSI_CACHE",
                                       "VSI_CACHE_SIZE",
                                       NULL};

/* Words in the names of credentials. They identify the user, not the data, and
 * are renewed from time to time. */
static const char *const secret[] = {"ACCESS_KEY", "ACCESS_TOKEN",  "PASSWORD",
                                     "SECRET",     "SESSION_TOKEN", "USERPWD",
                                     NULL};

/* First words of environment variables that GDAL reads, in addition to the
 * names of its drivers. */
static const char *const families[] = {
    "AWS",  "AZURE", "BSB",     "CENTER", "CONVERT", "CPL",   "ECW",
    "EEDA", "ESRI",  "GDAL",    "GEOL",   "GEOLOC",  "GOA2",  "GS",
    "HDF4", "HDF5",  "JP2KAK",  "L1B",    "OGR",     "OSR",   "OSS",
    "PDS",  "PROJ",  "RAW",     "RPC",    "S57",     "SWIFT", "TIFF",
    "USE",  "VSI",   "VSICURL", "VSIS3",  "VSIAZ",   NULL};

static bool matches(const char *pattern, const char *name)
{
    const size_t n = strlen(pattern);

    if (pattern[n - 1] == '*')
        return EQUALN(name, pattern, n - 1);
    return EQUAL(name, pattern);
}

/* Whether the option may change pixels. */
static bool counts(const char *name)
{
    char *upper = CPLStrdup(name);
    bool may = true;

    for (char *at = upper; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    for (int i = 0; may && harmless[i] != NULL; i++)
        may = !matches(harmless[i], upper);
    for (int i = 0; may && secret[i] != NULL; i++)
        may = strstr(upper, secret[i]) == NULL;
    CPLFree(upper);
    return may;
}

/* Whether an environment variable may be one of GDAL's options. */
static bool is_of_gdal(const char *name)
{
    const char *end = strchr(name, '_');
    bool is = false;
    char *word;

    if (end == NULL)
        return false;
    word = CPLStrdup(name);
    word[end - name] = '\0';
    for (int i = 0; !is && families[i] != NULL; i++)
        is = strcmp(word, families[i]) == 0;
    if (!is)
        is = GDALGetDriverByName(word) != NULL;
    CPLFree(word);
    return is;
}

static char **add(char **list, const char *item, bool of_environment)
{
    char *name = NULL;
    const char *value = CPLParseNameValue(item, &name);

    if (name != NULL && value != NULL && counts(name) &&
        (!of_environment || is_of_gdal(name))) {
        for (char *at = name; *at != '\0'; at++)
            *at = (char)toupper((unsigned char)*at);
        list = CSLSetNameValue(list, name, value);
    }
    CPLFree(name);
    return list;
}

static char **add_all(char **list, CSLConstList items)
{
    for (int i = 0; items != NULL && items[i] != NULL; i++)
        list = add(list, items[i], false);
    return list;
}

/* The options that no thread can hide. */
static char **of_process(void)
{
    char **options = CPLGetConfigOptions();
    char **list = NULL;

    for (char **at = environ; at != NULL && *at != NULL; at++)
        list = add(list, *at, true);
    list = add_all(list, (CSLConstList)options);
    CSLDestroy(options);
    return list;
}

static char **of_thread(void)
{
    char **own = CPLGetThreadLocalConfigOptions();
    char **list = add_all(of_process(), (CSLConstList)own);

    CSLDestroy(own);
    return list;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct rt_open_settings *rt_open_settings_take(void)
{
    struct rt_open_settings *settings = CPLCalloc(1, sizeof(*settings));

    settings->list = of_thread();
    if (settings->list != NULL)
        qsort(settings->list, (size_t)CSLCount((CSLConstList)settings->list),
              sizeof(*settings->list), compare);
    settings->text =
        settings->list != NULL ? rt_join_lines(settings->list) : CPLStrdup("");
    return settings;
}

void rt_open_settings_free(struct rt_open_settings *settings)
{
    if (settings == NULL)
        return;
    CSLDestroy(settings->list);
    CPLFree(settings->text);
    CPLFree(settings);
}

const char *rt_open_settings_text(const struct rt_open_settings *settings)
{
    return settings->text;
}

char *rt_open_settings_obstacle(const struct rt_open_settings *settings)
{
    char **now = of_process();
    char *obstacle = NULL;

    for (int i = 0; obstacle == NULL && now != NULL && now[i] != NULL; i++) {
        char *name = NULL;

        CPLParseNameValue(now[i], &name);
        if (name != NULL &&
            CSLFetchNameValue((CSLConstList)settings->list, name) == NULL)
            obstacle = CPLStrdup(name);
        CPLFree(name);
    }
    CSLDestroy(now);
    return obstacle;
}

/* Sets the options of list in the thread, and unsets those that only now
 * has. */
static void set_all(CSLConstList now, CSLConstList list)
{
    for (int i = 0; now != NULL && now[i] != NULL; i++) {
        char *name = NULL;

        CPLParseNameValue(now[i], &name);
        if (name != NULL && CSLFetchNameValue(list, name) == NULL)
            CPLSetThreadLocalConfigOption(name, NULL);
        CPLFree(name);
    }
    for (int i = 0; list != NULL && list[i] != NULL; i++) {
        char *name = NULL;
        const char *value = CPLParseNameValue(list[i], &name);

        if (name != NULL)
            CPLSetThreadLocalConfigOption(name, value);
        CPLFree(name);
    }
}

void rt_open_settings_enter(const struct rt_open_settings *settings,
                            struct rt_settings_before *before)
{
    struct rt_open_settings *now = rt_open_settings_take();

    before->options = NULL;
    before->changed = strcmp(now->text, settings->text) != 0;
    if (before->changed) {
        before->options = CPLGetThreadLocalConfigOptions();
        set_all((CSLConstList)now->list, (CSLConstList)settings->list);
    }
    rt_open_settings_free(now);
}

void rt_open_settings_leave(struct rt_settings_before *before)
{
    if (!before->changed)
        return;
    CPLSetThreadLocalConfigOptions((const char *const *)before->options);
    CSLDestroy(before->options);
}
