/* keep_existing.h - keeps GDAL from deleting an older file before this driver
 * has made the new one.
 *
 * Before it asks a driver to copy, GDAL deletes what is there under the
 * target's name; a copy that fails then leaves nothing. A driver has no say
 * in that, but GDAL asks it on the way. GDALDriver::CreateCopy, and before it
 * GDALTranslate, does this (3.6 to 3.12), all on one thread:
 *
 *   1. opens the target with GDAL_OF_RASTER and no other flag, and with
 *      RETILE as the one driver allowed;
 *   2. where that opens, gets its file list and closes it; where the source
 *      has files of that list too, deletes the others of the list;
 *   3. identifies the driver of the target, among all drivers;
 *   4. has that driver delete it.
 *
 * Drivers that are plugins are asked first. So in step 3 this one says that
 * the target is its own, right after step 1 for the same name, and in step 4
 * it leaves the target alone. In step 2 it lists no files.
 *
 * Anybody may do what looks like one of these steps. What counts is only what
 * is done inside one and the same call of those two functions, as the stack
 * tells (gdal/base/calling_copy.h), and directly after the step before: a
 * program that opens and identifies files gets true answers, whatever it did
 * before. Where a GDAL does other steps, it deletes the older file as it always
 * did.
 *
 * So what an older dataset had beside it is there too when RetileCreateCopy
 * is called, and is for it to remove.
 */
#ifndef RETILE_GDAL_BASE_KEEP_EXISTING_H
#define RETILE_GDAL_BASE_KEEP_EXISTING_H

#include "gdal_priv.h"

/* Whether an open is step 1. */
bool RetileIsLookForExisting(const GDALOpenInfo &oOpenInfo);

/* Steps 1 and 2 are done for pszName: its file list was asked for, or it
 * could not be opened. */
void RetileExpectDeletion(const char *pszName);

/* For every call of Identify, before anything else: whether it is step 3. */
bool RetileIsIdentifiedForDeletion(const GDALOpenInfo &oOpenInfo);

/* For Delete: whether it is step 4, and is to do nothing. */
bool RetileIsDeletionToSkip(const char *pszName);

#endif
