/* raw_tile_part.c - the handles of the TIFFs that tiles are copied from.
 *
 * A mosaic may have more files than a process may open. Those that were used
 * longest ago are closed.
 */
#include "io/copy/raw_tile_copy_internal.h"

#include <stdlib.h>

#include "cpl_conv.h"

#define MOST_OPEN 64

static void close_handles(struct rt_raw_part *part)
{
    if (part->tiff != NULL)
        TIFFClose(part->tiff);
    if (part->file != NULL)
        (void)VSIFCloseL(part->file);
    part->tiff = NULL;
    part->file = NULL;
}

static void close_oldest(struct rt_raw_tile_copy *raw)
{
    struct rt_raw_part *oldest = NULL;

    for (uint32_t i = 0; i < raw->n_parts; i++) {
        struct rt_raw_part *part = raw->parts[i];

        if (part->tiff != NULL &&
            (oldest == NULL || part->last_use < oldest->last_use))
            oldest = part;
    }
    if (oldest == NULL)
        return;
    close_handles(oldest);
    raw->n_open--;
}

enum rt_status rt_raw_part_open(struct rt_raw_tile_copy *raw,
                                struct rt_raw_part *part, struct rt_error *err)
{
    part->last_use = ++raw->uses;
    if (part->tiff != NULL)
        return RT_OK;
    if (raw->n_open >= MOST_OPEN)
        close_oldest(raw);
    part->file = VSIFOpenL(part->path, "rb");
    part->tiff = rt_tiff_open_file(part->path, &part->messages);
    if (part->file == NULL || part->tiff == NULL ||
        !TIFFSetDirectory(part->tiff, (tdir_t)part->directory)) {
        close_handles(part);
        return rt_error_set(
            err, RT_ERR_SOURCE, "'%s' cannot be opened as TIFF: %s", part->path,
            rt_tiff_messages_text(&part->messages, "no reason given"));
    }
    raw->n_open++;
    return RT_OK;
}

uint64_t rt_raw_parts_open_tiles(const struct rt_raw_tile_copy *raw)
{
    uint64_t all = 0, most = 0;

    for (uint32_t i = 0; i < raw->n_parts; i++) {
        all += raw->parts[i]->source_tiles;
        if (raw->parts[i]->source_tiles > most)
            most = raw->parts[i]->source_tiles;
    }
    return all < MOST_OPEN * most ? all : MOST_OPEN * most;
}

void rt_raw_part_free(struct rt_raw_part *part)
{
    if (part == NULL)
        return;
    close_handles(part);
    rt_source_version_free(part->version);
    CPLFree(part->path);
    free(part->bands);
    free(part);
}
