/* header.h - the main header of a JPEG 2000 codestream (ISO/IEC 15444-1,
 * annex A).
 */
#ifndef RETILE_IO_JP2_HEADER_H
#define RETILE_IO_JP2_HEADER_H

#include "core/base/status.h"
#include "cpl_vsi.h"
#include "io/jp2/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the header at at_bytes of file into index, of which nothing but the
 * path is set, and leaves in *end_bytes where the first tile-part begins.
 * RT_ERR_SOURCE with the reason where it is damaged, or more than this reads;
 * RT_ERR_MEMORY. Its parts are then what markers TLM say, with lengths and
 * tiles alone; *room is what there is room for. What index was given is freed
 * by its owner, also then. */
RT_MUST_CHECK enum rt_status
rt_jp2_header_read(VSILFILE *file, uint64_t at_bytes,
                   struct rt_jp2_index *index, uint64_t *end_bytes,
                   uint32_t *room, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
