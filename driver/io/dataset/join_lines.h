/* join_lines.h - a list of lines as one text. */
#ifndef RETILE_IO_DATASET_JOIN_LINES_H
#define RETILE_IO_DATASET_JOIN_LINES_H

#ifdef __cplusplus
extern "C" {
#endif

/* Each of the lines, up to NULL, and a line feed behind it. Never NULL:
 * CPLMalloc aborts instead. The caller frees it with CPLFree. */
char *rt_join_lines(char *const *lines);

#ifdef __cplusplus
}
#endif
#endif
