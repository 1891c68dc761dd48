/* gzip_properties.h - prevents files beside sources in /vsigzip/.
 *
 * To find the size of a gzip file, GDAL unpacks all of it. It stores the result
 * in a file with the same name and the suffix .properties.
 */
#ifndef RETILE_GDAL_BASE_GZIP_PROPERTIES_H
#define RETILE_GDAL_BASE_GZIP_PROPERTIES_H

#include "cpl_conv.h"

/* While an object of this class exists, this thread does not write that file,
 * unless the user has set the option. */
class RetileNoGzipProperties
{
    const CPLConfigOptionSetter m_oOption{"CPL_VSIL_GZIP_WRITE_PROPERTIES",
                                          "NO", true};
};

#endif
