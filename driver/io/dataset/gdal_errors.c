/* gdal_errors.c - see gdal_errors.h. */
#include "io/dataset/gdal_errors.h"

#include <stdio.h>

#include "cpl_conv.h"
#include "cpl_string.h"

static void CPL_STDCALL keep(CPLErr severity, CPLErrorNum number,
                             const char *text)
{
    struct rt_gdal_errors *errors = CPLGetErrorHandlerUserData();

    (void)number;
    if (severity == CE_Warning) {
        errors->warnings = CSLAddString(errors->warnings, text);
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

void rt_gdal_errors_end(struct rt_gdal_errors *errors)
{
    CPLPopErrorHandler();
    CPLErrorSetState(errors->severity_before, errors->number_before,
                     errors->text_before);
    CPLFree(errors->text_before);
    for (int i = 0; errors->warnings != NULL && errors->warnings[i] != NULL;
         i++)
        CPLError(CE_Warning, CPLE_AppDefined, "%s", errors->warnings[i]);
    CSLDestroy(errors->warnings);
    errors->warnings = NULL;
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
