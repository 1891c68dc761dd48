/* keep_existing.h - keeps GDAL from deleting an older file before this driver
 * has made the new one.
 *
 * Before GDAL asks a driver to copy, it deletes the file that has the target's
 * name. If the copy then fails, nothing is left. A driver cannot prevent that,
 * but GDAL calls it on the way. GDALDriver::CreateCopy, and before it
 * GDALTranslate, take these steps (3.6 to 3.13), all on one thread:
 *
 *   1. Open the target with GDAL_OF_RASTER and no other flag, and with
 *      RETILE as the only allowed driver.
 *   2. If that succeeds, get its file list and close it. If the source has
 *      files in that list too, delete the other files of the list.
 *   3. Identify the driver of the target among all drivers.
 *   4. Let that driver delete the target.
 *
 * GDAL asks plugins first. So this driver claims the target in step 3, if step
 * 1 for the same name came directly before, and does nothing in step 4. In step
 * 2 it lists no files.
 *
 * The target need not be a file: DERIVED_SUBDATASET:LOGAMPLITUDE:a.tif is a
 * dataset, and its driver would delete a.tif.
 *
 * Other programs may make calls that look like one of these steps. A step
 * counts only if it is made inside the same call of one of those two functions,
 * which the stack shows (gdal/base/calling_copy.h), and directly after the step
 * before it. A program that opens and identifies files therefore gets correct
 * answers, whatever it did before. A GDAL version that takes other steps
 * deletes the older file as usual.
 *
 * The files beside the older dataset still exist when RetileCreateCopy is
 * called, which has to remove them.
 */
#ifndef RETILE_GDAL_BASE_KEEP_EXISTING_H
#define RETILE_GDAL_BASE_KEEP_EXISTING_H

#include "gdal_priv.h"

/* Whether an open is step 1. */
bool RetileIsLookForExisting(const GDALOpenInfo &oOpenInfo);

/* Steps 1 and 2 are done for pszName: either its file list was asked for, or it
 * could not be opened. */
void RetileExpectDeletion(const char *pszName);

/* Whether a call of Identify is step 3. Must be called in every Identify,
 * before anything else. */
bool RetileIsIdentifiedForDeletion(const GDALOpenInfo &oOpenInfo);

/* Whether a call of Delete is step 4 and must do nothing. */
bool RetileIsDeletionToSkip(const char *pszName);

#endif
