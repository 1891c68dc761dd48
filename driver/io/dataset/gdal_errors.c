/* gdal_errors.c - see gdal_errors.h. */
#include "io/dataset/gdal_errors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"

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

static void CPL_STDCALL keep(CPLErr severity, CPLErrorNum number,
                             const char *text)
{
    struct rt_gdal_errors *errors = CPLGetErrorHandlerUserData();

    if (severity == CE_Warning) {
        char *numbered = join(number, text);

        errors->warnings = CSLAddString(errors->warnings, numbered);
        CPLFree(numbered);
    } else if (severity == CE_Failure) {
        errors->count++;
        (void)snprintf(errors->last, sizeof(errors->last), "%s", text);
    }
}

void rt_gdal_errors_begin(struct rt_gdal_errors *errors)
{
    errors->count = 0;
    errors->warnings = NULL;
    errors->severity_before = CPLGetLastErrorType();
    errors->number_before = CPLGetLastErrorNo();
    errors->text_before = CPLStrdup(CPLGetLastErrorMsg());
    errors->last[0] = '\0';
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
    return errors->count > 0 ? errors->last : text;
}
