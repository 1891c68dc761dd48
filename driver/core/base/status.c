/* status.c - see status.h. */
#include "core/base/status.h"

#include <stdarg.h>
#include <stdio.h>

enum rt_status rt_error_set(struct rt_error *err, enum rt_status status,
                            const char *format, ...)
{
    if (err != NULL) {
        va_list args;

        err->status = status;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return status;
}
