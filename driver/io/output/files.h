/* files.h - files that appear under their names only when they are
 * whole and on disk.
 *
 * Everything is written into a folder of our own beside the target, and
 * renamed into the target's folder by commit. Targets that can't be renamed
 * onto (/vsistdout/, /vsis3/ and all else under /vsi but /vsimem/) are written
 * elsewhere and copied there in order. A process that is killed may leave that
 * folder, never a part of a file under the target's name; the next output to
 * that name removes it, and puts right what a commit left half done.
 *
 * One output is used by one thread at a time. Several outputs may have the
 * same target, in any threads and processes: the last commit wins, whole.
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

/* Makes the folder, .<target's file name>.retile-1, or of another number: in
 * the target's own folder, or for targets that are copied to in
 * RETILE_SPILL_DIR, else CPL_TMPDIR, else TMPDIR, else /tmp. A symbolic link is
 * followed: the file that it points to is replaced, files beside it are put
 * beside the link (which is RT_ERR_IO at commit where that is another file
 * system). RT_ERR_IO where there can't be such a folder or target, with the
 * name and the system's reason; RT_ERR_MEMORY. */
RT_MUST_CHECK enum rt_status rt_output_create(const char *target,
                                              struct rt_output **output,
                                              struct rt_error *err);

/* The name to write to, in that folder: the target's file name, so that the
 * names of files beside it come out right. A path of GDAL's; borrowed. */
const char *rt_output_path(const struct rt_output *output);

/* Puts the files of the folder on disk, and makes other commits into the
 * target's folder wait until this output is discarded: for a caller that looks
 * for stale files before its commit, or at the new ones after it, which
 * another commit would change under its eyes. No file may be added after it,
 * and no other output committed on this thread. Does nothing for targets that
 * are copied to. RT_ERR_IO, RT_ERR_INTERNAL as for commit. */
RT_MUST_CHECK enum rt_status rt_output_lock(struct rt_output *output,
                                            struct rt_error *err);

/* Hears from time to time how much of a commit is done, from 0 to 1, and
 * says whether it goes on. */
struct rt_output_progress {
    bool (*on_progress)(void *context, double done);
    void *context;
};

/* Puts every file of the folder into place and removes the folder. Each gets
 * the permissions of the file that it replaces, or those of a new file.
 * stale: files of an older dataset that go unless they are among the new ones.
 * progress hears of a copying to the target, which takes time; renaming does
 * not. Both may be NULL. All files must be closed.
 *
 * A file in /vsimem/ that is no raster keeps its identity: it gets the new
 * contents, which a handle that is open on it then has.
 *
 * RT_ERR_IO with name and reason: then nothing is under the target's name
 * that was not there before, and older files are as they were; but an older
 * file at a target that is copied to is lost. RT_ERR_CANCELLED likewise.
 * RT_ERR_INTERNAL where nothing was written to rt_output_path. May be called
 * once. */
RT_MUST_CHECK enum rt_status
rt_output_commit(struct rt_output *output, CSLConstList stale,
                 const struct rt_output_progress *progress,
                 struct rt_error *err);

/* Removes the folder, if it is still there, with all in it, and frees output:
 * for every output, after its commit or instead. NULL is allowed. */
void rt_output_discard(struct rt_output *output);

#ifdef __cplusplus
}
#endif
#endif
