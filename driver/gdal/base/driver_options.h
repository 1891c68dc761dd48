/* driver_options.h - which options the drivers of the running GDAL have, and
 * what some of these do.
 *
 * Options, values, defaults and ranges differ between versions of GDAL. They
 * are read from the drivers' option lists. What is not in a list is tried once
 * on a tiny raster in memory.
 */
#ifndef RETILE_GDAL_BASE_DRIVER_OPTIONS_H
#define RETILE_GDAL_BASE_DRIVER_OPTIONS_H

#include <string>

#include "gdal.h"

/* Whether a driver declares an option in its list pszList. False if the driver
 * does not exist. */
bool RetileDriverDeclares(const char *pszDriver, const char *pszName,
                          const char *pszList = GDAL_DMD_CREATIONOPTIONLIST);

/* Whether it declares a creation option with this value. */
bool RetileDriverDeclaresValue(const char *pszDriver, const char *pszName,
                               const char *pszValue);

/* A creation option's declaration as XML, or an empty text. */
std::string RetileDriverOption(const char *pszDriver, const char *pszName);

/* The raster driver, other than this one, whose files have an extension, if a
 * TIFF does not have it as well; otherwise an empty text. */
std::string RetileDriverOfExtension(const char *pszExtension);

/* Whether LERC keeps the colours of invisible pixels of bytes with an alpha
 * band in files of the COG driver. It makes a mask of the alpha band, or does
 * not, depending on the versions of GDAL and libtiff. False if it has no LERC.
 */
bool RetileCogDriverKeepsInvisible();

#endif
