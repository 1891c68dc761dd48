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

/* Reads the header at at_bytes of file into index, in which only path is set.
 * *end_bytes receives the position of the first tile-part. The parts of index
 * are then the entries of the TLM markers, with lengths and tiles only; *room
 * is their capacity. RT_ERR_SOURCE with the reason if the header is damaged or
 * contains what is not supported; RT_ERR_MEMORY. The owner frees index, also
 * after an error. */
RT_MUST_CHECK enum rt_status
rt_jp2_header_read(VSILFILE *file, uint64_t at_bytes,
                   struct rt_jp2_index *index, uint64_t *end_bytes,
                   uint32_t *room, struct rt_error *err);

#ifdef __cplusplus
}
#endif
#endif
