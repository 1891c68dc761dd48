/* gdal_handles.h - several GDAL handles on one raster, each used by one thread
 * at a time.
 *
 * The first handle is opened at once and serves metadata. More are opened, up
 * to a limit, when a thread finds none free. Every function may be called from
 * any thread.
 *
 * A child of fork does not use its parent's handles and readers; it opens the
 * raster again by name. Exceptions: a raster in memory keeps its handle, and
 * the standard input can be read only by the process that opened it. Nothing is
 * freed in the child, so pointers that callers hold stay valid.
 */
#ifndef RETILE_IO_SOURCE_GDAL_HANDLES_H
#define RETILE_IO_SOURCE_GDAL_HANDLES_H

#include "core/base/status.h"
#include "gdal.h"
#include "io/dataset/open_settings.h"
#include "io/dataset/version.h"
#include "io/tiff/source.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_gdal_handles;
struct rt_gdal_handle;

/* Opens name with options (copied) for the first time. The limit is one handle.
 * RT_ERR_SOURCE with GDAL's own message, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_gdal_handles_open(const char *name, CSLConstList options,
                     struct rt_gdal_handles **handles, struct rt_error *err);

/* No handle may be claimed. NULL is allowed. */
void rt_gdal_handles_close(struct rt_gdal_handles *handles);

/* At most RT_MAX_THREADS. */
void rt_gdal_handles_set_limit(struct rt_gdal_handles *handles, int limit);

/* From now on every further handle has to show this version (borrowed). Call it
 * before the handles are shared among threads. */
void rt_gdal_handles_watch(struct rt_gdal_handles *handles,
                           struct rt_source_version *version);

const char *rt_gdal_handles_name(const struct rt_gdal_handles *handles);
CSLConstList rt_gdal_handles_options(const struct rt_gdal_handles *handles);

/* GDAL's configuration options when the first handle was opened. All further
 * handles are opened under them. If the process has set more options since, no
 * further handle is opened: a claim then waits for an existing one.
 * Borrowed. */
const struct rt_open_settings *
rt_gdal_handles_settings(const struct rt_gdal_handles *handles);

/* A handle for the caller alone. Waits for one if the limit is reached. NULL
 * with RT_ERR_SOURCE in err if a further handle cannot be opened, or shows
 * another version of the raster than the first; in a child of fork also if none
 * can be opened under the same configuration options. */
struct rt_gdal_handle *rt_gdal_handles_claim(struct rt_gdal_handles *handles,
                                             struct rt_error *err);

/* If the calling thread has claimed a handle already: that one, to be given
 * back as often as it was claimed. Otherwise the first handle, for the caller
 * alone, waiting for it. In a child of fork that cannot open it again this is
 * the parent's, for metadata only. */
struct rt_gdal_handle *
rt_gdal_handles_claim_first(struct rt_gdal_handles *handles);

/* Gives back the handle that rt_gdal_handles_claim_first gave the calling
 * thread. */
void rt_gdal_handles_give_back_first(struct rt_gdal_handles *handles);

void rt_gdal_handles_give_back(struct rt_gdal_handles *handles,
                               struct rt_gdal_handle *handle);

/* The dataset of a claimed handle. */
GDALDatasetH rt_gdal_handle_dataset(const struct rt_gdal_handle *handle);

/* A place for the claimer's reader of the same file, NULL at first. The reader
 * is closed with the handles, before the dataset that it borrows. */
struct rt_tiff_reader **rt_gdal_handle_reader(struct rt_gdal_handle *handle);

#ifdef __cplusplus
}
#endif
#endif
