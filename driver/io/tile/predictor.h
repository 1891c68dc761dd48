/* predictor.h - what TIFF does to a row of samples before compressing it.
 *
 * Rows are encoded in place. Words are in the machine's byte order on entry.
 * What comes out is what libtiff's decoders undo. Nothing here allocates or
 * fails; any thread may call it on rows of its own.
 */
#ifndef RETILE_IO_TILE_PREDICTOR_H
#define RETILE_IO_TILE_PREDICTOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Predictor 2: each word less the one stride words before it. A row has
 * n_words words of 1, 2, 4 or 8 bytes, aligned to their size. */
void rt_predict_horizontal(void *row, size_t n_words, size_t stride,
                           uint32_t word_bytes);

/* Predictor 3: the bytes of all words by significance, the highest first,
 * then predictor 2 on bytes. Words of 2, 4 or 8 bytes; scratch has room for a
 * row and is aligned likewise. The outcome does not depend on the byte order
 * of the file. */
void rt_predict_float(void *row, size_t n_words, size_t stride,
                      uint32_t word_bytes, void *scratch);

/* Reverses the bytes of each word: 2, 3, 4 or 8 bytes, or 1 (nothing). */
void rt_swap_words(void *words, size_t n_words, uint32_t word_bytes);

#ifdef __cplusplus
}
#endif
#endif
