/* chip_metadata.h - the metadata of a view with overlapped tiles. The domain
 * RETILE_CHIPS says where each tile lies. Metadata that is true of the source's
 * raster only is hidden. */
#ifndef RETILE_GDAL_VIEW_CHIP_METADATA_H
#define RETILE_GDAL_VIEW_CHIP_METADATA_H

#include <string>

#include "cpl_string.h"
#include "gdal/view/shared_view.h"

/* The domain as a list: the number of overlapped tiles, their size, and the
 * form of an item. oView has overlapped tiles. */
CPLStringList RetileChipsDescription(const RetileSharedView &oView);

/* The item of the overlapped tile that pszName names as "col,row"; empty if
 * there is none. oView has overlapped tiles. */
std::string RetileChipItem(const RetileSharedView &oView, const char *pszName);

/* Whether a domain of the source or of its bands says where pixels lie. Such a
 * domain is hidden if oView has overlapped tiles. */
bool RetileChipsHideDomain(const RetileSharedView &oView,
                           const char *pszDomain);

/* Whether an item of a band is a statistic of the source, which is hidden in
 * the same way. */
bool RetileChipsHideItem(const RetileSharedView &oView, const char *pszName,
                         const char *pszDomain);

/* A list of the source's bands without the hidden items. */
CPLStringList RetileChipsShow(const RetileSharedView &oView,
                              const char *pszDomain, CSLConstList papszSource);

#endif
