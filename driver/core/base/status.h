/* status.h - the result of a call that can fail, and the reason.
 *
 * A function that can fail returns an rt_status and takes a struct rt_error as
 * its last argument. The error is written only on failure. Its buffer has a
 * fixed size, so reporting a failure never allocates. Nothing here logs.
 */
#ifndef RETILE_CORE_BASE_STATUS_H
#define RETILE_CORE_BASE_STATUS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define RT_MUST_CHECK __attribute__((warn_unused_result))
#define RT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define RT_MUST_CHECK
#define RT_PRINTF(fmt, args)
#endif

enum rt_status {
    RT_OK = 0,
    RT_ERR_ARGUMENT,  /* the user's input is wrong; the message says how */
    RT_ERR_RANGE,     /* a size or count overflows or is out of range */
    RT_ERR_MEMORY,    /* an allocation failed */
    RT_ERR_SOURCE,    /* the source could not be opened or read */
    RT_ERR_IO,        /* a file could not be written; the message says why */
    RT_ERR_CANCELLED, /* the caller cancelled */
    RT_ERR_INTERNAL   /* a bug in this driver */
};

#define RT_ERROR_TEXT_BYTES 1024

struct rt_error {
    enum rt_status status;
    char text[RT_ERROR_TEXT_BYTES]; /* UTF-8, NUL-terminated, truncated if
                                     * too long */
};

/* Writes the formatted text into err (NULL is allowed) and returns status, so
 * that a caller can write `return rt_error_set(err, RT_ERR_RANGE, "...")`. */
enum rt_status rt_error_set(struct rt_error *err, enum rt_status status,
                            const char *format, ...) RT_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
