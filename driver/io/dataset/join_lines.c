/* join_lines.c - see join_lines.h. */
#include "io/dataset/join_lines.h"

#include <stddef.h>
#include <string.h>

#include "cpl_conv.h"

char *rt_join_lines(char *const *lines)
{
    size_t n_bytes = 1;
    char *text, *end;

    for (int i = 0; lines[i] != NULL; i++)
        n_bytes += strlen(lines[i]) + 1;
    text = end = CPLMalloc(n_bytes);
    for (int i = 0; lines[i] != NULL; i++) {
        const size_t n = strlen(lines[i]);

        memcpy(end, lines[i], n);
        end[n] = '\n';
        end += n + 1;
    }
    *end = '\0';
    return text;
}
