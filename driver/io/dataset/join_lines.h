/* join_lines.h - joins a list of lines into one text. */
#ifndef RETILE_IO_DATASET_JOIN_LINES_H
#define RETILE_IO_DATASET_JOIN_LINES_H

#ifdef __cplusplus
extern "C" {
#endif

/* All lines up to NULL, each followed by a line feed. Never NULL: CPLMalloc
 * aborts instead. The caller frees it with CPLFree. */
char *rt_join_lines(char *const *lines);

#ifdef __cplusplus
}
#endif
#endif
