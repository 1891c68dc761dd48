/* cog_option_list.h - the creation options of GDAL's COG driver that GTiff
 * does not have, or not with these values.
 */
#ifndef RETILE_GDAL_COPY_COG_OPTION_LIST_H
#define RETILE_GDAL_COPY_COG_OPTION_LIST_H

#include <string>

#include "cpl_string.h"

/* Their declarations, as a GDAL_DMD_CREATIONOPTIONLIST. */
const char *RetileCogOptionList();

/* Whether a driver declares an option of the name; false without the driver.
 */
bool RetileDriverDeclares(const char *pszDriver, const char *pszName);

/* Whether it is one that GTiff has no option of the name for. */
bool RetileIsCogOption(const char *pszName);

/* papszOptions without those. */
CPLStringList RetileWithoutCogOptions(CSLConstList papszOptions);

/* Warns, with LAYOUT=GTIFF, of each that says nothing to it. bOverviews:
 * overviews are written, and those about them say something. */
void RetileWarnOfCogOptions(CSLConstList papszOptions, bool bOverviews);

/* Warns of options that only views have. */
void RetileWarnOfViewOptions(CSLConstList papszOptions, const char *pszLayout);

/* Warns, with LAYOUT=COG, of GTiff's options that the COG driver does not have.
 */
void RetileWarnOfOthersThanCog(CSLConstList papszOptions);

#endif
