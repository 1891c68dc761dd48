/* predictor.h - TIFF's predictors, applied to a row of samples before
 * compression.
 *
 * Rows are changed in place. Words are in the machine's byte order on entry.
 * libtiff's decoders undo the result. Nothing here allocates or fails; any
 * thread may call it on its own rows.
 */
#ifndef RETILE_IO_TILE_PREDICTOR_H
#define RETILE_IO_TILE_PREDICTOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Predictor 2: subtracts from each word the word that is stride words before
 * it. A row has n_words words of 1, 2, 4 or 8 bytes, aligned to their size. */
void rt_predict_horizontal(void *row, size_t n_words, size_t stride,
                           uint32_t word_bytes);

/* Predictor 3: sorts the bytes of all words by significance, the highest first,
 * then applies predictor 2 to the bytes. Words have 2, 4 or 8 bytes. scratch is
 * as long as a row and aligned in the same way. The result does not depend on
 * the byte order of the file. */
void rt_predict_float(void *row, size_t n_words, size_t stride,
                      uint32_t word_bytes, void *scratch);

/* Reverses the bytes of each word of 2, 3, 4 or 8 bytes; with 1 it does
 * nothing. */
void rt_swap_words(void *words, size_t n_words, uint32_t word_bytes);

#ifdef __cplusplus
}
#endif
#endif
