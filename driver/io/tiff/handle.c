/* handle.c - see handle.h. */
#include "io/tiff/handle.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "cpl_vsi.h"

/* Returns 1, so that libtiff does not call its global handlers. */
static int keep_error(TIFF *tiff, void *data, const char *module,
                      const char *format, va_list arguments)
{
    struct rt_tiff_messages *messages = data;

    (void)tiff;
    (void)module;
    if (messages->first_error[0] == '\0')
        (void)vsnprintf(messages->first_error, sizeof(messages->first_error),
                        format, arguments);
    return 1;
}

static int drop_warning(TIFF *tiff, void *data, const char *module,
                        const char *format, va_list arguments)
{
    (void)tiff;
    (void)data;
    (void)module;
    (void)format;
    (void)arguments;
    return 1;
}

TIFF *rt_tiff_open_client(const char *name, const char *mode,
                          const struct rt_tiff_client *client, void *data,
                          struct rt_tiff_messages *messages)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    TIFF *tiff;

    messages->first_error[0] = '\0';
    if (options == NULL)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, messages);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_warning, NULL);
    tiff = TIFFClientOpenExt(name, mode, data, client->read, client->write,
                             client->seek, client->close, client->size, NULL,
                             NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

static tmsize_t read_file(thandle_t file, void *bytes, tmsize_t n)
{
    return (tmsize_t)VSIFReadL(bytes, 1, (size_t)n, (VSILFILE *)file);
}

static tmsize_t write_file(thandle_t file, void *bytes, tmsize_t n)
{
    (void)file;
    (void)bytes;
    (void)n;
    return 0;
}

static toff_t seek_file(thandle_t file, toff_t offset, int whence)
{
    if (VSIFSeekL((VSILFILE *)file, offset, whence) != 0)
        return (toff_t)-1;
    return VSIFTellL((VSILFILE *)file);
}

static int close_file(thandle_t file)
{
    return VSIFCloseL((VSILFILE *)file);
}

static toff_t size_of_file(thandle_t file)
{
    VSILFILE *opened = (VSILFILE *)file;
    const vsi_l_offset before = VSIFTellL(opened);
    vsi_l_offset size;

    if (VSIFSeekL(opened, 0, SEEK_END) != 0)
        return 0;
    size = VSIFTellL(opened);
    return VSIFSeekL(opened, before, SEEK_SET) == 0 ? size : 0;
}

TIFF *rt_tiff_open_file(const char *path, struct rt_tiff_messages *messages)
{
    static const struct rt_tiff_client client = {
        read_file, write_file, seek_file, close_file, size_of_file};
    VSILFILE *file = VSIFOpenL(path, "rb");
    TIFF *tiff;

    messages->first_error[0] = '\0';
    if (file == NULL) {
        (void)snprintf(messages->first_error, sizeof(messages->first_error),
                       "no such file");
        return NULL;
    }
    tiff = rt_tiff_open_client(path, "rmO", &client, file, messages);
    if (tiff == NULL)
        (void)VSIFCloseL(file);
    return tiff;
}

bool rt_tiff_pread(int descriptor, uint64_t at, void *bytes, size_t n_bytes,
                   size_t *done)
{
    *done = 0;
    while (*done < n_bytes) {
        const ssize_t n = pread(descriptor, (char *)bytes + *done,
                                n_bytes - *done, (off_t)(at + *done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        *done += (size_t)n;
    }
    return true;
}

const char *rt_tiff_messages_text(const struct rt_tiff_messages *messages,
                                  const char *text)
{
    return messages->first_error[0] != '\0' ? messages->first_error : text;
}
