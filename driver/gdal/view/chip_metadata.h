/* chip_metadata.h - what a view of chips tells beside its pixels: where each
 * chip lies, in the domain RETILE_CHIPS, and nothing that is true of its source
 * alone.
 */
#ifndef RETILE_GDAL_VIEW_CHIP_METADATA_H
#define RETILE_GDAL_VIEW_CHIP_METADATA_H

#include <string>

#include "cpl_string.h"
#include "gdal/view/shared_view.h"

/* The domain as a list: how many chips there are, of what size, and what an
 * item looks like. oView has chips. */
CPLStringList RetileChipsDescription(const RetileSharedView &oView);

/* The item of the chip that pszName names as "col,row"; empty where there is
 * none. oView has chips. */
std::string RetileChipItem(const RetileSharedView &oView, const char *pszName);

/* Whether a domain of the source, or of its bands, tells where its pixels lie:
 * not shown where oView has chips. */
bool RetileChipsHideDomain(const RetileSharedView &oView,
                           const char *pszDomain);

/* Whether an item of a band is a statistic of the source: as above. */
bool RetileChipsHideItem(const RetileSharedView &oView, const char *pszName,
                         const char *pszDomain);

/* A list of the source's bands less what is not shown. */
CPLStringList RetileChipsShow(const RetileSharedView &oView,
                              const char *pszDomain, CSLConstList papszSource);

#endif
