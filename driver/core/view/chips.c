/* chips.c - see chips.h.
 *
 * An axis is walked in runs. Each run is computed from its first pixel alone,
 * so nothing has to be stored. Every raster pixel comes from one source pixel,
 * so parts that do not overlap become parts that do not overlap. Mirrored lines
 * are passed on where they are; mirrored columns go through a buffer on the
 * stack.
 */
#include "core/view/chips.h"

#include <string.h>

#include "core/base/interleave.h"
#include "core/base/min_max.h"

/* The number of columns that are mirrored or repeated at once, and the bytes
 * that they may take in each plane: one line of 16-byte pixels. */
#define TURNED_PX 64
#define TURNED_BYTES (TURNED_PX * 16)

static enum rt_status init_axis(struct rt_chip_axis *axis, int32_t source_px,
                                int32_t block_px, int32_t overlap_px,
                                struct rt_error *err)
{
    const int64_t chip_px = (int64_t)block_px + 2 * (int64_t)overlap_px;
    const int64_t n_chips = ((int64_t)source_px + block_px - 1) / block_px;

    if (chip_px > INT32_MAX || n_chips * chip_px > INT32_MAX)
        return rt_error_set(err, RT_ERR_RANGE,
                            "OVERLAP=%d: blocks of %d pixels become %lld, and "
                            "%lld of them are more than 2147483647 pixels; "
                            "choose a smaller OVERLAP or larger blocks",
                            overlap_px, block_px, (long long)chip_px,
                            (long long)n_chips);
    axis->source_px = source_px;
    axis->block_px = block_px;
    axis->overlap_px = overlap_px;
    axis->chip_px = (int32_t)chip_px;
    axis->n_chips = (int32_t)n_chips;
    axis->raster_px = (int32_t)(n_chips * chip_px);
    return RT_OK;
}

enum rt_status rt_chips_init(struct rt_chips *chips, int32_t w_px, int32_t h_px,
                             int32_t block_w_px, int32_t block_h_px,
                             int32_t overlap_px, enum rt_chip_mode mode,
                             struct rt_error *err)
{
    const enum rt_status status =
        init_axis(&chips->x, w_px, block_w_px, overlap_px, err);

    chips->mode = mode;
    if (status != RT_OK)
        return status;
    return init_axis(&chips->y, h_px, block_h_px, overlap_px, err);
}

/* The path from 0 to the last pixel and back to 1 is one period, and it repeats
 * on both sides. A run ends where the direction changes, so it also ends at
 * 0. */
static void reflect(struct rt_chip_run *run, int64_t px, int32_t size_px,
                    int32_t most_px)
{
    const int64_t period = 2 * ((int64_t)size_px - 1);
    int64_t phase;

    if (period == 0) {
        run->n_px = px < 0 ? (int32_t)rt_min_i64(most_px, -px) : most_px;
        return;
    }
    phase = (px % period + period) % period;
    if (phase < size_px - 1) {
        run->source_px = (int32_t)phase;
        run->step = 1;
        run->n_px = (int32_t)rt_min_i64(most_px, size_px - 1 - phase);
    } else {
        run->source_px = (int32_t)(period - phase);
        run->step = -1;
        run->n_px = (int32_t)rt_min_i64(most_px, period - phase);
    }
}

struct rt_chip_run rt_chip_axis_run(const struct rt_chip_axis *axis,
                                    enum rt_chip_mode mode, int32_t at_px,
                                    int32_t end_px)
{
    const int32_t chip = at_px / axis->chip_px;
    const int32_t in_chip = at_px % axis->chip_px;
    const int64_t px =
        (int64_t)chip * axis->block_px - axis->overlap_px + in_chip;
    const int32_t most_px =
        (int32_t)rt_min_i64((int64_t)end_px - at_px, axis->chip_px - in_chip);
    struct rt_chip_run run = {at_px, most_px, false, 0, 0};

    if (px >= 0 && px < axis->source_px) {
        run.source_px = (int32_t)px;
        run.step = 1;
        run.n_px = (int32_t)rt_min_i64(most_px, axis->source_px - px);
    } else if (mode == RT_CHIP_REFLECT) {
        reflect(&run, px, axis->source_px, most_px);
    } else {
        run.padding = mode == RT_CHIP_PAD;
        if (px < 0)
            run.n_px = (int32_t)rt_min_i64(most_px, -px);
        else if (!run.padding)
            run.source_px = axis->source_px - 1;
    }
    return run;
}

struct rt_window rt_chips_window(const struct rt_chips *chips, int32_t col,
                                 int32_t row)
{
    const struct rt_window window = {
        col * chips->x.block_px - chips->x.overlap_px,
        row * chips->y.block_px - chips->y.overlap_px, chips->x.chip_px,
        chips->y.chip_px};

    return window;
}

/* The source pixels of [at_px, end_px) of the raster lie in [*first_px,
 * *last_px]. Returns false if there are none. */
static bool source_span(const struct rt_chip_axis *axis, enum rt_chip_mode mode,
                        int32_t at_px, int32_t end_px, int32_t *first_px,
                        int32_t *last_px)
{
    *first_px = INT32_MAX;
    *last_px = -1;
    while (at_px < end_px) {
        const struct rt_chip_run run =
            rt_chip_axis_run(axis, mode, at_px, end_px);
        const int32_t to_px = run.source_px + run.step * (run.n_px - 1);
        const int32_t low_px = run.step < 0 ? to_px : run.source_px;
        const int32_t high_px = run.step < 0 ? run.source_px : to_px;

        at_px += run.n_px;
        if (run.padding)
            continue;
        *first_px = low_px < *first_px ? low_px : *first_px;
        *last_px = high_px > *last_px ? high_px : *last_px;
    }
    return *last_px >= 0;
}

bool rt_chips_source_window(const struct rt_chips *chips,
                            const struct rt_window *window,
                            struct rt_window *source)
{
    int32_t right_px, bottom_px;

    if (!source_span(&chips->x, chips->mode, window->x_px,
                     window->x_px + window->w_px, &source->x_px, &right_px) ||
        !source_span(&chips->y, chips->mode, window->y_px,
                     window->y_px + window->h_px, &source->y_px, &bottom_px))
        return false;
    source->w_px = right_px - source->x_px + 1;
    source->h_px = bottom_px - source->y_px + 1;
    return true;
}

void rt_chips_padding(
    const struct rt_chips *chips, const struct rt_window *window,
    void (*fill)(void *context, const struct rt_window *padding), void *context)
{
    const int32_t right_px = window->x_px + window->w_px;
    const int32_t bottom_px = window->y_px + window->h_px;
    struct rt_chip_run x, y;

    for (int32_t at_y = window->y_px; at_y < bottom_px; at_y += y.n_px) {
        y = rt_chip_axis_run(&chips->y, chips->mode, at_y, bottom_px);
        for (int32_t at_x = window->x_px; at_x < right_px; at_x += x.n_px) {
            x = rt_chip_axis_run(&chips->x, chips->mode, at_x, right_px);
            if (x.padding || y.padding)
                fill(context, &(struct rt_window){at_x, at_y, x.n_px, y.n_px});
        }
    }
}

/* Cuts run down to the pixels whose source pixels lie in [from_px, from_px +
 * n_px). Returns false if none do. */
static bool cut_run(struct rt_chip_run *run, int32_t from_px, int32_t n_px)
{
    const int64_t to_px = (int64_t)from_px + n_px;
    int64_t first = 0, end = run->n_px;

    if (run->padding)
        return false;
    if (run->step == 0)
        return run->source_px >= from_px && run->source_px < to_px;
    if (run->step > 0) {
        first = (int64_t)from_px - run->source_px;
        end = (int32_t)rt_min_i64(end, to_px - run->source_px);
    } else {
        first = run->source_px - to_px + 1;
        end = (int32_t)rt_min_i64(end, (int64_t)run->source_px - from_px + 1);
    }
    first = first > 0 ? first : 0;
    if (first >= end)
        return false;
    run->at_px += (int32_t)first;
    run->source_px += (int32_t)first * run->step;
    run->n_px = (int32_t)(end - first);
    return true;
}

/* Passes on the pixels of part for the runs x and y; x must go forwards. */
static void emit(const struct rt_chip_sink *sink, const struct rt_part *part,
                 const struct rt_chip_run *x, const struct rt_chip_run *y)
{
    const int64_t offset_px =
        (int64_t)(y->source_px - part->window.y_px) * part->line_px +
        (x->source_px - part->window.x_px);
    const void *pixels[RT_PART_PLANES];
    const struct rt_part piece = {
        .window = {x->at_px, y->at_px, x->n_px, y->n_px},
        .n_planes = part->n_planes,
        .i_planes = part->i_planes,
        .pixels = pixels,
        .line_px = part->line_px * y->step};

    for (int32_t i = 0; i < part->n_planes; i++)
        pixels[i] = (const unsigned char *)part->pixels[i] +
                    offset_px * sink->px_bytes[part->i_planes[i]];
    sink->sink->write(sink->sink->context, &piece);
}

/* Copies n_px pixels backwards, starting with the one at from. */
static void mirror(const unsigned char *from, uint32_t px_bytes, int32_t n_px,
                   unsigned char *to)
{
    const size_t last = (size_t)(n_px - 1) * px_bytes;

    rt_spread(from - last, px_bytes, n_px, to + last, -(int64_t)px_bytes);
}

/* Copies the pixel at from n_px times. */
static void repeat(const unsigned char *from, uint32_t px_bytes, int32_t n_px,
                   unsigned char *to)
{
    const size_t all = (size_t)n_px * px_bytes;

    memcpy(to, from, px_bytes);
    for (size_t done = px_bytes; done < all; done *= 2)
        memcpy(to + done, to, done < all - done ? done : all - done);
}

/* A buffer for mirrored or repeated pixels, on the way to the sink. */
struct turned {
    _Alignas(16) unsigned char pixels[RT_PART_PLANES][TURNED_BYTES];
    const void *planes[RT_PART_PLANES];
};

/* How many lines of TURNED_PX pixels fit in the buffer. */
static int32_t turned_lines(const struct rt_chip_sink *sink,
                            const struct rt_part *part)
{
    uint32_t most_bytes = 1;

    for (int32_t i = 0; i < part->n_planes; i++)
        if (sink->px_bytes[part->i_planes[i]] > most_bytes)
            most_bytes = sink->px_bytes[part->i_planes[i]];
    return (int32_t)(TURNED_BYTES / (TURNED_PX * most_bytes));
}

/* Copies the pixels of plane i of part for the runs x and y, if x goes
 * backwards or repeats one pixel. */
static void turn_plane(const struct rt_part *part, int32_t i, uint32_t px_bytes,
                       const struct rt_chip_run *x, const struct rt_chip_run *y,
                       unsigned char *to)
{
    for (int32_t row = 0; row < y->n_px; row++) {
        const int64_t line =
            y->source_px + (int64_t)row * y->step - part->window.y_px;
        const int64_t offset_px =
            line * part->line_px + (x->source_px - part->window.x_px);
        const unsigned char *from =
            (const unsigned char *)part->pixels[i] + offset_px * px_bytes;

        if (x->step < 0)
            mirror(from, px_bytes, x->n_px, to);
        else
            repeat(from, px_bytes, x->n_px, to);
        to += (size_t)x->n_px * px_bytes;
    }
}

static void emit_turned(const struct rt_chip_sink *sink,
                        const struct rt_part *part, const struct rt_chip_run *x,
                        const struct rt_chip_run *y, struct turned *turned)
{
    const struct rt_part piece = {
        .window = {x->at_px, y->at_px, x->n_px, y->n_px},
        .n_planes = part->n_planes,
        .i_planes = part->i_planes,
        .pixels = turned->planes,
        .line_px = x->n_px};

    for (int32_t i = 0; i < part->n_planes; i++) {
        turn_plane(part, i, sink->px_bytes[part->i_planes[i]], x, y,
                   turned->pixels[i]);
        turned->planes[i] = turned->pixels[i];
    }
    sink->sink->write(sink->sink->context, &piece);
}

/* Splits off and returns the first n_px pixels of a run. */
static struct rt_chip_run split_run(struct rt_chip_run *run, int32_t n_px)
{
    struct rt_chip_run first = *run;

    first.n_px = run->n_px < n_px ? run->n_px : n_px;
    run->at_px += first.n_px;
    run->source_px += first.n_px * run->step;
    run->n_px -= first.n_px;
    return first;
}

static void emit_run(const struct rt_chip_sink *sink,
                     const struct rt_part *part, struct rt_chip_run x,
                     const struct rt_chip_run *y)
{
    const int32_t most_lines = turned_lines(sink, part);
    struct turned turned;

    if (x.step > 0) {
        emit(sink, part, &x, y);
        return;
    }
    while (x.n_px > 0) {
        const struct rt_chip_run columns = split_run(&x, TURNED_PX);
        struct rt_chip_run rest = *y;

        while (rest.n_px > 0) {
            const struct rt_chip_run lines = split_run(&rest, most_lines);

            emit_turned(sink, part, &columns, &lines, &turned);
        }
    }
}

static void take_row(const struct rt_chip_sink *sink,
                     const struct rt_part *part, const struct rt_chip_run *y)
{
    const int32_t right_px = sink->window->x_px + sink->window->w_px;
    int32_t at_px = sink->window->x_px;

    while (at_px < right_px) {
        struct rt_chip_run x = rt_chip_axis_run(
            &sink->chips->x, sink->chips->mode, at_px, right_px);

        at_px += x.n_px;
        if (cut_run(&x, part->window.x_px, part->window.w_px))
            emit_run(sink, part, x, y);
    }
}

void rt_chips_on_part(void *context, const struct rt_part *part)
{
    const struct rt_chip_sink *sink = context;
    const int32_t bottom_px = sink->window->y_px + sink->window->h_px;
    int32_t at_px = sink->window->y_px;

    while (at_px < bottom_px) {
        struct rt_chip_run y = rt_chip_axis_run(
            &sink->chips->y, sink->chips->mode, at_px, bottom_px);

        at_px += y.n_px;
        if (cut_run(&y, part->window.y_px, part->window.h_px))
            take_row(sink, part, &y);
    }
}

enum rt_status rt_chips_read(struct rt_chip_sink *sink, struct rt_view *view,
                             int32_t layer, const int32_t *planes,
                             int32_t n_planes, struct rt_error *err)
{
    const struct rt_sink inner = {rt_chips_on_part, sink};
    struct rt_window source;

    if (!rt_chips_source_window(sink->chips, sink->window, &source))
        return RT_OK;
    return rt_view_read(view, layer, planes, n_planes, &source, &inner, err);
}
