/* calling_copy.h - finds out whether GDAL's copying functions called us. */
#ifndef RETILE_GDAL_BASE_CALLING_COPY_H
#define RETILE_GDAL_BASE_CALLING_COPY_H

#include <cstdint>

/* The innermost call of GDALDriver::CreateCopy or GDALTranslate on this thread,
 * as a number that no other running call has. 0 if there is no such call. Reads
 * the stack, which takes some microseconds. */
uintptr_t RetileCallingCopy();

/* Whether GDAL deletes what stands in the way of a new file, of any driver. It
 * is a detail of writing that file, of which the user knows nothing. */
bool RetileIsQuietDelete();

#endif
