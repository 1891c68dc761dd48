/* source.c - see source.h. */
#include "io/jp2/source.h"

#include <stdlib.h>

#include "io/jp2/decoders.h"
#include "io/jp2/source_internal.h"

/* Decoders may keep this fraction (1/2) of a cache's limit. */
#define KEPT_SHARE 2

enum rt_status rt_jp2_source_open(GDALDatasetH dataset, const char *name,
                                  CSLConstList options, int n_threads,
                                  struct rt_jp2_source **source,
                                  struct rt_error *err)
{
    struct rt_jp2_source *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    status = rt_jp2_layout_find(dataset, name, options, &made->layout, err);
    if (status == RT_OK)
        status =
            rt_jp2_decoders_create(made->layout.index, &made->decoders, err);
    if (status != RT_OK) {
        rt_jp2_source_close(made);
        return status;
    }
    made->px_bytes = (uint32_t)GDALGetDataTypeSizeBytes(made->layout.type);
    made->n_threads = n_threads;
    /* In OpenJPEG one thread costs more than none. */
    rt_jp2_decoders_set_threads(
        made->decoders, made->layout.one_tile && n_threads > 1 ? n_threads : 0);
    *source = made;
    return RT_OK;
}

void rt_jp2_source_decode_whole(struct rt_jp2_source *source)
{
    source->layout.in_parts = false;
}

void rt_jp2_source_close(struct rt_jp2_source *source)
{
    if (source == NULL)
        return;
    rt_jp2_decoders_destroy(source->decoders);
    rt_encoded_cache_destroy(source->kept);
    rt_jp2_layout_free(&source->layout);
    free(source);
}

void rt_jp2_source_keep_bytes(struct rt_jp2_source *source,
                              struct rt_encoded_cache *kept)
{
    source->kept = kept;
}

GDALDataType rt_jp2_source_type(const struct rt_jp2_source *source)
{
    return source->layout.type;
}

bool rt_jp2_source_has_level(const struct rt_jp2_source *source, int level)
{
    return level >= 0 && level < 32 &&
           (source->layout.levels >> level & 1) != 0;
}

bool rt_jp2_source_is_one_tile(const struct rt_jp2_source *source)
{
    return source->layout.one_tile;
}

bool rt_jp2_source_blocks(const struct rt_jp2_source *source, int level,
                          int32_t *block_w_px, int32_t *block_h_px)
{
    if (!rt_jp2_source_has_level(source, level) || !source->layout.in_parts)
        return false;
    *block_w_px = *block_h_px = RT_JP2_BLOCK_PX;
    return true;
}

bool rt_jp2_source_cut(struct rt_jp2_source *source, int step,
                       struct rt_jp2_cut *cut)
{
    if (!rt_jp2_layout_cut(&source->layout, source->n_threads, step, cut))
        return false;
    source->by_columns = cut->n_decoders > 1;
    source->column_w_px = source->by_columns ? cut->w_px : 0;
    return true;
}

void rt_jp2_source_set_memory(struct rt_jp2_source *source,
                              struct rt_block_cache *cache, uint64_t bytes,
                              bool side_by_side)
{
    const uint64_t kept_bytes = rt_jp2_source_held_bytes(source);
    struct rt_jp2_cut cut;

    if (source->layout.in_parts)
        rt_jp2_decoders_count_in(source->decoders, cache, kept_bytes);
    if (side_by_side &&
        rt_jp2_layout_cut(&source->layout, source->n_threads, 0, &cut) &&
        cut.n_decoders > 1 &&
        kept_bytes <= bytes / KEPT_SHARE / (uint64_t)cut.n_decoders)
        source->column_w_px = cut.w_px;
}

uint64_t rt_jp2_source_least_bytes(const struct rt_jp2_source *source)
{
    return rt_jp2_layout_least_bytes(&source->layout);
}

uint64_t rt_jp2_source_held_px_bytes(const struct rt_jp2_source *source)
{
    return rt_jp2_layout_held_px_bytes(&source->layout);
}

uint64_t rt_jp2_source_held_bytes(const struct rt_jp2_source *source)
{
    return rt_jp2_layout_held_bytes(&source->layout);
}
