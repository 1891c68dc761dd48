/* gzip_properties.h - no files beside sources in /vsigzip/.
 *
 * To tell the size of a gzip file GDAL unpacks all of it, and keeps what it
 * found in a file of the same name with .properties behind it.
 */
#ifndef RETILE_GDAL_BASE_GZIP_PROPERTIES_H
#define RETILE_GDAL_BASE_GZIP_PROPERTIES_H

#include "cpl_conv.h"

/* While one is there, that file is not written by this thread, unless the user
 * has set an option for it. */
class RetileNoGzipProperties
{
    const CPLConfigOptionSetter m_oOption{"CPL_VSIL_GZIP_WRITE_PROPERTIES",
                                          "NO", true};
};

#endif
