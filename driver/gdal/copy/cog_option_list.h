/* cog_option_list.h - the creation options of GDAL's COG driver that GTiff does
 * not have. */
#ifndef RETILE_GDAL_COPY_COG_OPTION_LIST_H
#define RETILE_GDAL_COPY_COG_OPTION_LIST_H

#include <string>

#include "cpl_string.h"

/* Their names, as a GDAL_DMD_CREATIONOPTIONLIST, for a GDAL without the COG
 * driver. The list of that driver knows values and defaults. */
std::string RetileCogOptionList();

/* Whether it is an option of COGs that GTiff does not have. */
bool RetileIsCogOption(const char *pszName);

/* papszOptions without such options. */
CPLStringList RetileWithoutCogOptions(CSLConstList papszOptions);

/* With LAYOUT=GTIFF: warns of each such option that has no effect. bOverviews:
 * overviews are written, so options for overviews have an effect. */
void RetileWarnOfCogOptions(CSLConstList papszOptions, bool bOverviews);

/* Warns of options that only views have. */
void RetileWarnOfViewOptions(CSLConstList papszOptions, const char *pszLayout);

/* With LAYOUT=COG: warns of GTiff's options that the COG driver does not have.
 */
void RetileWarnOfOthersThanCog(CSLConstList papszOptions);

#endif
