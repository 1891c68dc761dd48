/* parts.h - where the tile-parts of a JPEG 2000 codestream lie (ISO/IEC
 * 15444-1, annex A.4.2).
 */
#ifndef RETILE_IO_JP2_PARTS_H
#define RETILE_IO_JP2_PARTS_H

#include "core/base/status.h"
#include "cpl_vsi.h"
#include "io/jp2/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The place of a codestream in a file. */
struct rt_jp2_span {
    uint64_t at_bytes, end_bytes;
    bool is_cut;   /* it should be longer than the file */
    bool has_more; /* the file continues after it */
};

/* Finds the parts in the order of the file. index holds the parts that the main
 * header lists, with a capacity of room. span begins at the first part. remote:
 * see rt_jp2_index_open. If the walk meets damage, tiles that may have parts
 * beyond it are marked as not whole. RT_ERR_SOURCE with the reason;
 * RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_jp2_parts_find(VSILFILE *file, const struct rt_jp2_span *span, bool remote,
                  struct rt_jp2_index *index, uint32_t room,
                  struct rt_error *err);

/* Appends a part to those of index, which have a capacity of *room. */
RT_MUST_CHECK enum rt_status rt_jp2_parts_add(struct rt_jp2_index *index,
                                              uint32_t *room,
                                              const struct rt_jp2_part *part,
                                              struct rt_error *err);

/* Whether part has a header of its own that changes the tile's coding or
 * contains packet headers, or whether its header is damaged. */
bool rt_jp2_part_has_own_header(VSILFILE *file, const struct rt_jp2_part *part);

#ifdef __cplusplus
}
#endif
#endif
