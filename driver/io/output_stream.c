/* output_stream.c - copies an output to a target that takes bytes in order;
 * see output_files.h.
 */
#include <errno.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/gdal_errors.h"
#include "io/output_internal.h"

#define CHUNK_BYTES ((size_t)1 << 20)

static enum rt_status copy_bytes(VSILFILE *from, const char *from_path,
                                 VSILFILE *to, const char *to_path,
                                 struct rt_error *err)
{
    char *chunk = CPLMalloc(CHUNK_BYTES);
    enum rt_status status = RT_OK;
    size_t n;

    errno = 0;
    while (status == RT_OK && (n = VSIFReadL(chunk, 1, CHUNK_BYTES, from)) > 0)
        if (VSIFWriteL(chunk, 1, n, to) < n)
            status = rt_output_error("write", to_path, err);
    if (status == RT_OK && !VSIFEofL(from))
        status = rt_output_error("read", from_path, err);
    CPLFree(chunk);
    return status;
}

/* GDAL does not delete through /vsigzip/. */
static void delete_begun(const char *path)
{
    (void)VSIUnlink(strncmp(path, "/vsigzip/", 9) == 0 ? path + 9 : path);
}

static enum rt_status copy_file(const char *from_path, const char *to_path,
                                struct rt_error *err)
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
    status = copy_bytes(from, from_path, to, to_path, err);
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

/* What GDAL keeps beside a file goes without saying where there is no place
 * for it; pixels do not. */
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

static enum rt_status copy_all(const struct rt_output *output,
                               CSLConstList beside, char ***begun,
                               struct rt_error *err)
{
    enum rt_status status = RT_OK;

    for (int i = 0; status == RT_OK && beside != NULL && beside[i] != NULL;
         i++) {
        char *from = rt_output_join(output->folder, beside[i]);
        char *to = rt_output_place_of(output, beside[i]);

        *begun = CSLAddString(*begun, to);
        status = copy_file(from, to, err);
        CPLFree(from);
        CPLFree(to);
    }
    return status == RT_OK ? copy_file(output->path, output->real, err)
                           : status;
}

/* The main file comes last: whoever sees it has what belongs to it. */
static enum rt_status copy_or_delete(const struct rt_output *output,
                                     CSLConstList beside, struct rt_error *err)
{
    const bool one_file = strncmp(output->target, "/vsistdout", 10) == 0;
    char **begun = NULL;
    enum rt_status status = RT_OK;

    if (one_file)
        status = check_one_file(output, beside, err);
    if (status == RT_OK)
        status = copy_all(output, one_file ? NULL : beside, &begun, err);
    for (int i = 0; status != RT_OK && begun != NULL && begun[i] != NULL; i++)
        delete_begun(begun[i]);
    CSLDestroy(begun);
    return status;
}

/* GDAL knows the reason where there was a request over a network. */
enum rt_status rt_output_copy(const struct rt_output *output,
                              CSLConstList beside, struct rt_error *err)
{
    struct rt_gdal_errors errors;
    enum rt_status status;

    rt_gdal_errors_begin(&errors);
    status = copy_or_delete(output, beside, err);
    rt_gdal_errors_end(&errors);
    if (status == RT_ERR_IO && errors.count > 0)
        return rt_error_set(err, RT_ERR_IO, "cannot write '%s': %s",
                            output->target, errors.last);
    return status;
}
