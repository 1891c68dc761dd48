/* words.h - the words of a gdaldem command line, as FOCAL has them.
 *
 * mode [options] [colour file]: what stands between the names of the files on
 * a command line. Quotes and backslashes are those of a shell.
 */
#ifndef RETILE_IO_FOCAL_WORDS_H
#define RETILE_IO_FOCAL_WORDS_H

#include <stdbool.h>

#include "core/base/status.h"
#include "cpl_port.h"
#include "gdal_utils.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Each is owned. */
struct rt_focal_words {
    char *text;       /* as given */
    char *mode;       /* "slope"; GDAL judges it */
    char *color_path; /* of color-relief; NULL for all else */
    char **options;   /* the rest, without -b and -q */
    int band;         /* from 1; 0 where -b was not given */
    bool scaled;      /* -s, or -xscale and -yscale, were given */
};

/* RT_ERR_ARGUMENT for an open quote, no mode, options that are the command's
 * alone, a -b that is no number, and color-relief without a file. The caller
 * frees *words in any case. */
RT_MUST_CHECK enum rt_status rt_focal_words_parse(const char *text,
                                                  struct rt_focal_words *words,
                                                  struct rt_error *err);

void rt_focal_words_free(struct rt_focal_words *words);

bool rt_focal_words_is_relief(const struct rt_focal_words *words);

/* Whether the mode looks at the size of pixels on the ground. */
bool rt_focal_words_is_scaled_mode(const struct rt_focal_words *words);

/* The options for GDALDEMProcessing, with further ones (may be NULL); the
 * caller frees them with GDALDEMProcessingOptionsFree. RT_ERR_ARGUMENT with
 * GDAL's own message. */
RT_MUST_CHECK enum rt_status
rt_focal_words_options(const struct rt_focal_words *words, CSLConstList more,
                       GDALDEMProcessingOptions **options,
                       struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
