/* stream.c - copies an output to a target that only takes bytes in order; see
 * files.h.
 */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/gdal_errors.h"
#include "io/output/internal.h"

#define CHUNK_BYTES ((size_t)1 << 20)

/* Progress of the copying. */
struct copying {
    const struct rt_output_progress *progress; /* or NULL */
    uint64_t all_bytes, done_bytes;            /* of all files */
};

static enum rt_status report_progress(struct copying *copying, size_t n_bytes,
                                      struct rt_error *err)
{
    const struct rt_output_progress *progress = copying->progress;

    copying->done_bytes += n_bytes;
    if (progress == NULL || copying->all_bytes == 0 ||
        progress->on_progress(
            progress->context,
            fmin(1, (double)copying->done_bytes / (double)copying->all_bytes)))
        return RT_OK;
    return rt_error_set(err, RT_ERR_CANCELLED, "cancelled");
}

static enum rt_status copy_bytes(VSILFILE *from, const char *from_path,
                                 VSILFILE *to, const char *to_path,
                                 struct copying *copying, struct rt_error *err)
{
    char *chunk = CPLMalloc(CHUNK_BYTES);
    enum rt_status status = RT_OK;
    size_t n;

    errno = 0;
    while (status == RT_OK && (n = VSIFReadL(chunk, 1, CHUNK_BYTES, from)) > 0)
        status = VSIFWriteL(chunk, 1, n, to) == n
                     ? report_progress(copying, n, err)
                     : rt_output_error("write", to_path, err);
    if (status == RT_OK && !VSIFEofL(from))
        status = rt_output_error("read", from_path, err);
    CPLFree(chunk);
    return status;
}

/* GDAL cannot delete through /vsigzip/. */
static void delete_begun(const char *path)
{
    (void)VSIUnlink(strncmp(path, "/vsigzip/", 9) == 0 ? path + 9 : path);
}

static enum rt_status copy_file(const char *from_path, const char *to_path,
                                struct copying *copying, struct rt_error *err)
{
    VSILFILE *from = VSIFOpenL(from_path, "rb");
    VSILFILE *to;
    enum rt_status status;

    if (from == NULL)
        return rt_output_error("read", from_path, err);
    errno = 0;
    to = VSIFOpenL(to_path, "wb");
    if (to == NULL) {
        status = rt_output_error("write", to_path, err);
        (void)VSIFCloseL(from);
        return status;
    }
    status = copy_bytes(from, from_path, to, to_path, copying, err);
    errno = 0;
    if (VSIFFlushL(to) != 0 && status == RT_OK)
        status = rt_output_error("write", to_path, err);
    if (VSIFCloseL(to) != 0 && status == RT_OK)
        status = rt_output_error("write", to_path, err);
    (void)VSIFCloseL(from);
    if (status != RT_OK)
        delete_begun(to_path);
    return status;
}

/* If the target takes one file only, files of metadata are silently dropped;
 * files with pixels are an error. */
static enum rt_status check_one_file(const struct rt_output *output,
                                     CSLConstList beside, struct rt_error *err)
{
    for (int i = 0; beside != NULL && beside[i] != NULL; i++)
        if (!EQUAL(CPLGetExtension(beside[i]), "xml"))
            return rt_error_set(err, RT_ERR_IO,
                                "'%s' takes one file, and there is '%s' as "
                                "well",
                                output->target, beside[i]);
    return RT_OK;
}

static uint64_t size_of(const char *path)
{
    VSIStatBufL status;

    return VSIStatL(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static void count_bytes(const struct rt_output *output, CSLConstList beside,
                        struct copying *copying)
{
    copying->all_bytes = size_of(output->path);
    for (int i = 0; beside != NULL && beside[i] != NULL; i++) {
        char *path = rt_output_join(output->folder, beside[i]);

        copying->all_bytes += size_of(path);
        CPLFree(path);
    }
}

static enum rt_status copy_all(const struct rt_output *output,
                               CSLConstList beside, struct copying *copying,
                               char ***begun, struct rt_error *err)
{
    enum rt_status status = RT_OK;

    count_bytes(output, beside, copying);

    for (int i = 0; status == RT_OK && beside != NULL && beside[i] != NULL;
         i++) {
        char *from = rt_output_join(output->folder, beside[i]);
        char *to = rt_output_place_of(output, beside[i]);

        *begun = CSLAddString(*begun, to);
        status = copy_file(from, to, copying, err);
        CPLFree(from);
        CPLFree(to);
    }
    return status == RT_OK ? copy_file(output->path, output->real, copying, err)
                           : status;
}

/* The main file comes last, so that a program that sees it finds its other
 * files too. */
static enum rt_status copy_or_delete(const struct rt_output *output,
                                     CSLConstList beside,
                                     struct copying *copying,
                                     struct rt_error *err)
{
    const bool one_file = strncmp(output->target, "/vsistdout", 10) == 0;
    char **begun = NULL;
    enum rt_status status = RT_OK;

    if (one_file)
        status = check_one_file(output, beside, err);
    if (status == RT_OK)
        status =
            copy_all(output, one_file ? NULL : beside, copying, &begun, err);
    if (status == RT_OK) {
        status = rt_output_check_placed(output, err);
        if (status != RT_OK)
            delete_begun(output->real);
    }
    for (int i = 0; status != RT_OK && begun != NULL && begun[i] != NULL; i++)
        delete_begun(begun[i]);
    CSLDestroy(begun);
    return status;
}

/* Deletes the stale files that are not among the new ones. */
static void delete_stale(const struct rt_output *output, CSLConstList beside,
                         CSLConstList stale)
{
    for (int i = 0; stale != NULL && stale[i] != NULL; i++)
        if (strcmp(stale[i], output->real) != 0 &&
            CSLFindString(beside, CPLGetFilename(stale[i])) < 0)
            (void)VSIUnlink(stale[i]);
}

/* For a request over a network, GDAL knows the reason of a failure. */
enum rt_status rt_output_copy(const struct rt_output *output,
                              CSLConstList beside, CSLConstList stale,
                              const struct rt_output_progress *progress,
                              struct rt_error *err)
{
    struct copying copying = {.progress = progress};
    struct rt_gdal_errors errors;
    enum rt_status status;

    rt_gdal_errors_begin(&errors);
    status = copy_or_delete(output, beside, &copying, err);
    if (status == RT_OK)
        delete_stale(output, beside, stale);
    rt_gdal_errors_end(&errors);
    if (status == RT_ERR_IO && errors.count > 0)
        return rt_error_set(err, RT_ERR_IO, "cannot write '%s': %s",
                            output->target, errors.told);
    return status;
}
