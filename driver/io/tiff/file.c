/* file.c - see file.h.
 *
 * A local file is read and written through its descriptor. GDAL's own functions
 * use stdio, which would split each large write in two and copy its ends.
 * stdio's buffer is always left empty, so the two ways do not conflict.
 *
 * The position is kept here. A seek of libtiff's is arithmetic; it becomes a
 * seek of GDAL's only if the position changes between two calls of GDAL's
 * functions.
 */
#include "io/tiff/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cpl_conv.h"
#include "cpl_vsi.h"
#include "io/tiff/handle.h"

#define NO_DESCRIPTOR (-1)
#define START_DISK_BYTES (UINT64_C(8) << 20)

struct rt_tiff_file {
    /* Fixed after open. */
    char *path;
    VSILFILE *file;
    int descriptor; /* of a local file, otherwise NO_DESCRIPTOR */
    TIFF *tiff;
    /* Used by the caller's thread. */
    uint64_t at_bytes;      /* libtiff's position */
    uint64_t file_at_bytes; /* `file`'s position */
    uint64_t end_bytes;     /* the size of the file */
    uint64_t started_bytes; /* up to here the disk has been told to write */
    bool closed_to_writing; /* after a failure, or abandoned */
    bool failed;            /* error is set */
    struct rt_error error;  /* the system's error */
    struct rt_tiff_messages complaints; /* libtiff's errors */
};

static void note_failure(struct rt_tiff_file *file, const char *what)
{
    const int reason = errno;

    if (!file->failed)
        (void)rt_error_set(&file->error, RT_ERR_IO, "%s '%s' failed: %s", what,
                           file->path,
                           reason != 0 ? strerror(reason) : "unknown reason");
    file->failed = true;
    file->closed_to_writing = true;
}

/* Seeks in GDAL's file to at_bytes. */
static bool go_there(struct rt_tiff_file *file)
{
    if (file->file_at_bytes == file->at_bytes)
        return true;
    if (VSIFSeekL(file->file, file->at_bytes, SEEK_SET) != 0) {
        note_failure(file, "seeking in");
        return false;
    }
    file->file_at_bytes = file->at_bytes;
    return true;
}

static tmsize_t read_bytes(thandle_t handle, void *bytes, tmsize_t n_bytes)
{
    struct rt_tiff_file *file = handle;
    size_t done = 0;

    errno = 0;
    if (file->descriptor == NO_DESCRIPTOR) {
        if (!go_there(file))
            return -1;
        done = VSIFReadL(bytes, 1, (size_t)n_bytes, file->file);
        file->file_at_bytes += done;
    } else if (!rt_tiff_pread(file->descriptor, file->at_bytes, bytes,
                              (size_t)n_bytes, &done)) {
        note_failure(file, "reading");
    }
    file->at_bytes += done;
    return (tmsize_t)done;
}

static size_t write_local(struct rt_tiff_file *file, const char *bytes,
                          size_t n_bytes)
{
    size_t done = 0;

    while (done < n_bytes) {
        const ssize_t n = pwrite(file->descriptor, bytes + done, n_bytes - done,
                                 (off_t)(file->at_bytes + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    return done;
}

static size_t write_through_gdal(struct rt_tiff_file *file, const void *bytes,
                                 size_t n_bytes)
{
    if (!go_there(file))
        return 0;
    const size_t done = VSIFWriteL(bytes, 1, n_bytes, file->file);

    file->file_at_bytes += done;
    return done;
}

static tmsize_t write_bytes(thandle_t handle, void *bytes, tmsize_t n_bytes)
{
    struct rt_tiff_file *file = handle;
    size_t done;

    if (file->closed_to_writing)
        return -1;
    errno = 0;
    if (file->descriptor != NO_DESCRIPTOR)
        done = write_local(file, bytes, (size_t)n_bytes);
    else
        done = write_through_gdal(file, bytes, (size_t)n_bytes);
    if (done < (size_t)n_bytes)
        note_failure(file, "writing");
    file->at_bytes += done;
    if (file->end_bytes < file->at_bytes)
        file->end_bytes = file->at_bytes;
    rt_tiff_start_disk(file->descriptor, &file->started_bytes, file->end_bytes);
    return (tmsize_t)done;
}

static toff_t seek_bytes(thandle_t handle, toff_t offset, int whence)
{
    struct rt_tiff_file *file = handle;

    if (whence == SEEK_SET)
        file->at_bytes = offset;
    else if (whence == SEEK_CUR)
        file->at_bytes += offset;
    else
        file->at_bytes = file->end_bytes + offset;
    return file->at_bytes;
}

static toff_t size_bytes(thandle_t handle)
{
    return ((const struct rt_tiff_file *)handle)->end_bytes;
}

/* rt_tiff_file_close closes the file, because it can report an error. */
static int do_not_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static TIFF *open_tiff(struct rt_tiff_file *file)
{
    static const struct rt_tiff_client client = {
        read_bytes, write_bytes, seek_bytes, do_not_close, size_bytes};

    /* h: read no directory yet. m: no mapping, since mapped pages would count
     * as our memory. */
    return rt_tiff_open_client(file->path, "r+mh", &client, file,
                               &file->complaints);
}

static bool open_file(struct rt_tiff_file *file)
{
    errno = 0;
    file->file = VSIFOpenL(file->path, "rb+");
    if (file->file == NULL) {
        note_failure(file, "opening");
        return false;
    }
    if (strncmp(file->path, "/vsi", 4) != 0) {
        const void *native = VSIFGetNativeFileDescriptorL(file->file);

        if (native != NULL)
            file->descriptor = (int)(intptr_t)native;
    }
    if (VSIFSeekL(file->file, 0, SEEK_END) != 0) {
        note_failure(file, "seeking in");
        return false;
    }
    file->end_bytes = file->file_at_bytes = VSIFTellL(file->file);
    return true;
}

enum rt_status rt_tiff_file_open(const char *path, struct rt_tiff_file **file,
                                 struct rt_error *err)
{
    struct rt_tiff_file *made = calloc(1, sizeof(*made));
    enum rt_status status;

    if (made == NULL)
        return rt_error_set(err, RT_ERR_MEMORY, "out of memory");
    made->path = CPLStrdup(path);
    made->descriptor = NO_DESCRIPTOR;
    if (open_file(made))
        made->tiff = open_tiff(made);
    if (made->tiff != NULL) {
        *file = made;
        return RT_OK;
    }
    status = rt_tiff_file_error(made, "opening as TIFF", err);
    rt_tiff_file_abandon(made);
    return status;
}

TIFF *rt_tiff_file_handle(const struct rt_tiff_file *file)
{
    return file->tiff;
}

static bool complained(const struct rt_tiff_file *file)
{
    return file->complaints.first_error[0] != '\0';
}

static enum rt_status complaint(const struct rt_tiff_file *file,
                                struct rt_error *err)
{
    const char *text = file->complaints.first_error;

    if (strcmp(text, "Maximum TIFF file size exceeded") == 0)
        return rt_error_set(err, RT_ERR_RANGE,
                            "%s. Use BIGTIFF=YES creation option.", text);
    return rt_error_set(err, RT_ERR_IO, "cannot update '%s': %s", file->path,
                        text);
}

enum rt_status rt_tiff_file_error(const struct rt_tiff_file *file,
                                  const char *what, struct rt_error *err)
{
    if (file->failed)
        return rt_error_set(err, file->error.status, "%s", file->error.text);
    if (complained(file))
        return complaint(file, err);
    return rt_error_set(err, RT_ERR_IO, "%s '%s' failed", what, file->path);
}

/* Flushes GDAL's buffer and closes. */
static void close_file(struct rt_tiff_file *file)
{
    errno = 0;
    if (!file->closed_to_writing && VSIFFlushL(file->file) != 0)
        note_failure(file, "flushing");
    errno = 0;
    if (VSIFCloseL(file->file) != 0)
        note_failure(file, "closing");
    file->file = NULL;
}

enum rt_status rt_tiff_file_close(struct rt_tiff_file *file,
                                  struct rt_error *err)
{
    enum rt_status status = RT_OK;

    TIFFCleanup(file->tiff);
    file->tiff = NULL;
    close_file(file);
    if (file->failed || complained(file))
        status = rt_tiff_file_error(file, "closing", err);
    rt_tiff_file_abandon(file);
    return status;
}

void rt_tiff_file_abandon(struct rt_tiff_file *file)
{
    if (file == NULL)
        return;
    file->closed_to_writing = true;
    if (file->tiff != NULL)
        TIFFCleanup(file->tiff);
    if (file->file != NULL)
        close_file(file);
    CPLFree(file->path);
    free(file);
}

void rt_tiff_start_disk(int descriptor, uint64_t *started_bytes,
                        uint64_t end_bytes)
{
    const uint64_t n_bytes = end_bytes - *started_bytes;

    if (descriptor == NO_DESCRIPTOR || n_bytes < START_DISK_BYTES)
        return;
    (void)sync_file_range(descriptor, (off_t)*started_bytes, (off_t)n_bytes,
                          SYNC_FILE_RANGE_WRITE);
    *started_bytes = end_bytes;
}
