/* calling_copy.h - whether GDAL's code that makes a copy is what called.
 */
#ifndef RETILE_GDAL_BASE_CALLING_COPY_H
#define RETILE_GDAL_BASE_CALLING_COPY_H

#include <cstdint>

/* The innermost call of GDALDriver::CreateCopy or GDALTranslate that this
 * thread is in, as a number that no other call has while it lasts; 0 in none.
 * Read from the stack, which takes some microseconds. */
uintptr_t RetileCallingCopy();

#endif
