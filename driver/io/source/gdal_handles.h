/* gdal_handles.h - several GDAL handles on one raster, each used by one
 * thread at a time.
 *
 * The first is opened at once and is the one for metadata; further ones are
 * opened when a thread finds none free, up to a limit. Every function may be
 * called from any thread.
 *
 * After fork the child has no handles and no readers any more, and opens them
 * again by name; a raster in memory keeps its one, and the standard input is
 * its opener's alone. Nothing is freed: what callers hold stays valid.
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

/* Opens name with options (copied) for the first time; the limit is one
 * handle. RT_ERR_SOURCE with GDAL's own message, RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status
rt_gdal_handles_open(const char *name, CSLConstList options,
                     struct rt_gdal_handles **handles, struct rt_error *err);

/* No handle may be claimed. NULL is allowed. */
void rt_gdal_handles_close(struct rt_gdal_handles *handles);

/* At most RT_MAX_THREADS. */
void rt_gdal_handles_set_limit(struct rt_gdal_handles *handles, int limit);

/* From now on a handle that is opened later has to be of this version
 * (borrowed). Called before handles are shared among threads. */
void rt_gdal_handles_watch(struct rt_gdal_handles *handles,
                           struct rt_source_version *version);

const char *rt_gdal_handles_name(const struct rt_gdal_handles *handles);
CSLConstList rt_gdal_handles_options(const struct rt_gdal_handles *handles);

/* GDAL's configuration options when the first was opened. All others are opened
 * under them, or not at all where the process has set further ones since; a
 * claim waits for a handle that is there then. Borrowed. */
const struct rt_open_settings *
rt_gdal_handles_settings(const struct rt_gdal_handles *handles);

/* A handle for the caller alone, waiting for one where the limit is reached.
 * NULL with RT_ERR_SOURCE in err where another cannot be opened, or shows
 * another version of the raster than the first; in a child of fork also where
 * none can be opened under the same configuration options. */
struct rt_gdal_handle *rt_gdal_handles_claim(struct rt_gdal_handles *handles,
                                             struct rt_error *err);

/* The handle that the calling thread has claimed already, to be given back as
 * often as it was claimed; else the first one for the caller alone, waiting for
 * it. In a child of fork
 * that can't open it again, the parent's: for metadata only. */
struct rt_gdal_handle *
rt_gdal_handles_claim_first(struct rt_gdal_handles *handles);

/* Gives back what rt_gdal_handles_claim_first gave the calling thread. */
void rt_gdal_handles_give_back_first(struct rt_gdal_handles *handles);

void rt_gdal_handles_give_back(struct rt_gdal_handles *handles,
                               struct rt_gdal_handle *handle);

/* The dataset of a claimed handle. */
GDALDatasetH rt_gdal_handle_dataset(const struct rt_gdal_handle *handle);

/* Where the claimer keeps a reader of the same file, NULL at first; it is
 * closed with the handles, before what it borrows. */
struct rt_tiff_reader **rt_gdal_handle_reader(struct rt_gdal_handle *handle);

#ifdef __cplusplus
}
#endif
#endif
