/* words.h - the words of FOCAL, which are those of a gdaldem command line.
 *
 * mode [options] [colour file]: a command line without the names of the input
 * and output files. Quotes and backslashes work as in a shell.
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

/* All members are owned. */
struct rt_focal_words {
    char *text;       /* as given */
    char *mode;       /* such as "slope"; checked by GDAL */
    char *color_path; /* for color-relief, otherwise NULL */
    char **options;   /* the rest, without -b and -q */
    int band;         /* from 1; 0 if -b was not given */
    bool scaled;      /* -s, or -xscale and -yscale, were given */
};

/* RT_ERR_ARGUMENT for an open quote, a missing mode, options of the command
 * only, a -b without a number, and color-relief without a file. The caller
 * always frees *words. */
RT_MUST_CHECK enum rt_status rt_focal_words_parse(const char *text,
                                                  struct rt_focal_words *words,
                                                  struct rt_error *err);

void rt_focal_words_free(struct rt_focal_words *words);

bool rt_focal_words_is_relief(const struct rt_focal_words *words);

/* Whether the mode depends on the size of pixels on the ground. */
bool rt_focal_words_is_scaled_mode(const struct rt_focal_words *words);

/* The options for GDALDEMProcessing, together with more (may be NULL). The
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
