/* gdal_errors.c - see gdal_errors.h. */
#include "io/dataset/gdal_errors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

/* Bytes of the first failure, so that there is room for the latest one. */
#define MOST_OF_FIRST (RT_ERROR_TEXT_BYTES / 2)

/* The caller frees it with CPLFree. */
static char *join(CPLErrorNum number, const char *text)
{
    const size_t n = strlen(text) + 16;
    char *joined = CPLMalloc(n);

    (void)snprintf(joined, n, "%d %s", (int)number, text);
    return joined;
}

static void report(char **warnings)
{
    for (int i = 0; warnings != NULL && warnings[i] != NULL; i++)
        CPLError(CE_Warning, atoi(warnings[i]), "%s",
                 strchr(warnings[i], ' ') + 1);
    CSLDestroy(warnings);
}

void rt_gdal_errors_join(const char *first, const char *latest,
                         char told[RT_ERROR_TEXT_BYTES])
{
    const bool in_latest = strstr(latest, first) != NULL;
    int n = (int)strlen(first);

    while (n > 0 && strchr(". \n", first[n - 1]) != NULL)
        n--;
    if (in_latest || strstr(first, latest) != NULL)
        (void)snprintf(told, RT_ERROR_TEXT_BYTES, "%s",
                       in_latest ? latest : first);
    else
        (void)snprintf(told, RT_ERROR_TEXT_BYTES, "%.*s; %s",
                       n < MOST_OF_FIRST ? n : MOST_OF_FIRST, first, latest);
}

static void note_failure(struct rt_gdal_errors *errors, const char *text)
{
    if (errors->count++ == 0)
        (void)snprintf(errors->first, sizeof(errors->first), "%s", text);
    rt_gdal_errors_join(errors->first, text, errors->told);
}

static void CPL_STDCALL keep(CPLErr severity, CPLErrorNum number,
                             const char *text)
{
    struct rt_gdal_errors *errors = CPLGetErrorHandlerUserData();

    if (severity == CE_Warning) {
        char *numbered = join(number, text);

        errors->warnings = CSLAddString(errors->warnings, numbered);
        CPLFree(numbered);
    } else if (severity == CE_Failure)
        note_failure(errors, text);
}

void rt_gdal_errors_begin(struct rt_gdal_errors *errors)
{
    errors->count = 0;
    errors->warnings = NULL;
    errors->severity_before = CPLGetLastErrorType();
    errors->number_before = CPLGetLastErrorNo();
    errors->text_before = CPLStrdup(CPLGetLastErrorMsg());
    errors->first[0] = errors->told[0] = '\0';
    CPLPushErrorHandlerEx(keep, errors);
    CPLSetCurrentErrorHandlerCatchDebug(FALSE);
}

static void restore(struct rt_gdal_errors *errors)
{
    CPLPopErrorHandler();
    CPLErrorSetState(errors->severity_before, errors->number_before,
                     errors->text_before);
    CPLFree(errors->text_before);
}

void rt_gdal_errors_end(struct rt_gdal_errors *errors)
{
    restore(errors);
    report(errors->warnings);
    errors->warnings = NULL;
}

void rt_gdal_errors_end_into(struct rt_gdal_errors *errors,
                             struct rt_gdal_warnings *warnings)
{
    restore(errors);
    for (int i = 0; errors->warnings != NULL && errors->warnings[i] != NULL;
         i++)
        if (CSLFindStringCaseSensitive((CSLConstList)warnings->list,
                                       errors->warnings[i]) < 0)
            warnings->list = CSLAddString(warnings->list, errors->warnings[i]);
    rt_gdal_errors_forget_warnings(errors);
}

void rt_gdal_warnings_report(struct rt_gdal_warnings *warnings)
{
    report(warnings->list);
    warnings->list = NULL;
}

void rt_gdal_errors_forget_warnings(struct rt_gdal_errors *errors)
{
    CSLDestroy(errors->warnings);
    errors->warnings = NULL;
}

const char *rt_gdal_errors_text(const struct rt_gdal_errors *errors,
                                const char *text)
{
    return errors->count > 0 ? errors->told : text;
}
