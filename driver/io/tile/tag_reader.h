/* tag_reader.h - reads the tags of a TIFF that determine how its tiles are
 * encoded. */
#ifndef RETILE_IO_TILE_TAG_READER_H
#define RETILE_IO_TILE_TAG_READER_H

#include "core/base/status.h"
#include "io/tile/format_fields.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in the sizes, counts and tags of format. Memory allocated for them
 * belongs to format. *nodata is the text of GDAL's nodata tag, which the caller
 * frees, or NULL. Any thread. */
RT_MUST_CHECK enum rt_status rt_tags_read(const char *path, int directory,
                                          struct rt_tile_format *format,
                                          char **nodata, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
