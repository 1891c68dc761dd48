/* files.h - files that appear under their names only when they are complete and
 * on disk.
 *
 * All files are written into a folder of our own next to the target. commit
 * renames them into the target's folder. Some targets cannot be renamed to:
 * /vsistdout/, /vsis3/ and everything else under /vsi except /vsimem/. Their
 * files are written elsewhere and copied to the target in order. If the process
 * is killed, it may leave that folder, but never a part of a file under the
 * target's name. The next output to that name removes the folder and repairs a
 * commit that was interrupted.
 *
 * An output is used by one thread at a time. Several outputs may have the same
 * target, in any threads and processes. The last commit wins, with all of its
 * files.
 */
#ifndef RETILE_IO_OUTPUT_FILES_H
#define RETILE_IO_OUTPUT_FILES_H

#include <stdbool.h>

#include "core/base/status.h"
#include "cpl_port.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rt_output;

/* Makes the folder .<target's file name>.retile-1, or with another number. It
 * is made in the target's folder. For targets that are copied to, it is made in
 * RETILE_SPILL_DIR, else CPL_TMPDIR, else TMPDIR, else /tmp. A symbolic link is
 * followed: the file that it points to is replaced, but the files that belong
 * to it are put next to the link. If that is another file system, commit fails
 * with RT_ERR_IO. RT_ERR_IO if the folder cannot be made or the target is not
 * possible, with the name and the system's reason; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_output_create(const char *target,
                                              struct rt_output **output,
                                              struct rt_error *err);

/* The path to write to, in that folder. Its file name is the target's, so that
 * the names of files that belong to it are right. A GDAL path; borrowed. */
const char *rt_output_path(const struct rt_output *output);

/* Syncs the folder's files to disk, and makes other commits into the target's
 * folder wait until this output is discarded. For callers that look for stale
 * files before their commit, or at the new files after it: another commit would
 * change them. After it no file may be added, and the thread may not commit
 * another output. Does nothing for targets that are copied to. RT_ERR_IO,
 * RT_ERR_INTERNAL as for commit. */
RT_MUST_CHECK enum rt_status rt_output_lock(struct rt_output *output,
                                            struct rt_error *err);

/* Receives the progress of a commit from time to time, from 0 to 1; false
 * cancels. */
struct rt_output_progress {
    bool (*on_progress)(void *context, double done);
    void *context;
};

/* Looks at the files under their names. On failure the commit is undone. */
typedef enum rt_status rt_output_placed(void *context, struct rt_error *err);

/* Sets what the commit calls when all files are in place, and the older ones
 * can still be put back. Not for /vsistdout/. */
void rt_output_on_placed(struct rt_output *output, rt_output_placed *on_placed,
                         void *context);

/* Puts every file of the folder into place and removes the folder. Each file
 * gets the permissions of the file that it replaces, or those of a new file.
 * stale: files of an older dataset, which are deleted unless they are among the
 * new ones. progress is called while files are copied to the target, which
 * takes time; renaming does not. Both may be NULL. All files must be closed.
 *
 * A file in /vsimem/ that is not a raster keeps its identity: it gets the new
 * contents, and a handle that is open on it sees them.
 *
 * RT_ERR_IO with name and reason: then the target's name and older files are
 * unchanged. But if the target is copied to, an older file there is lost. The
 * same for RT_ERR_CANCELLED and for failures of on_placed, after which a file
 * of /vsimem/ that was no raster is lost too. RT_ERR_INTERNAL if nothing was
 * written to rt_output_path. May be called once. */
RT_MUST_CHECK enum rt_status
rt_output_commit(struct rt_output *output, CSLConstList stale,
                 const struct rt_output_progress *progress,
                 struct rt_error *err);

/* Removes the folder with everything in it, if it still exists, and frees
 * output. Call it for every output, after its commit or instead of it. NULL is
 * allowed. */
void rt_output_discard(struct rt_output *output);

#ifdef __cplusplus
}
#endif
#endif
