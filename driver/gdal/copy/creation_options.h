/* creation_options.h - the creation options of `-of RETILE`: those of this
 * driver, those of the COG driver, and all options of the GTiff driver that
 * make sense here. */
#ifndef RETILE_GDAL_COPY_CREATION_OPTIONS_H
#define RETILE_GDAL_COPY_CREATION_OPTIONS_H

#include <cstdint>
#include <string>

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal/base/resources.h"

enum class RetilePassthrough { Auto, No, Required };

/* How a copy is made. Only the block size affects the file; nothing here
 * changes pixels or metadata. */
struct RetileCopyOptions {
    int nBlockXSize = 512, nBlockYSize = 512; /* multiples of 16 */
    uint64_t nMemoryMax = 0;                  /* bytes */
    int nThreads = 1;                         /* 1 or more */
    rt_spill eSpill = RT_SPILL_AUTO;
    std::string osSpillFolder{};
    uint64_t nSpillMax = 0; /* bytes; 0: spill nothing */
    uint64_t nDiskMax = 0;  /* bytes of temporary files of any kind */
    RetilePassthrough ePassthrough = RetilePassthrough::Auto;
};

/* GDAL_DMD_CREATIONOPTIONLIST: the options of this driver, those of COGs, then
 * those of GTiff's list pszGTiffList, without options that this driver replaces
 * or that have no meaning here. Options of COGs are as the COG driver's list
 * pszCogList has them; what both have takes the values of both. Both lists may
 * be nullptr. */
std::string RetileCreationOptionList(const char *pszGTiffList,
                                     const char *pszCogList);

/* The options for GTiff: papszOptions without those that only this driver or
 * the COG driver has. BLOCKXSIZE and BLOCKYSIZE stay; NUM_THREADS is removed.
 */
CPLStringList RetileGTiffOptions(CSLConstList papszOptions);

/* The tile size of option pszName, a multiple of 16. Unchanged if it is not
 * given. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseBlockSize(CSLConstList papszOptions,
                                             const char *pszName, int &nSize,
                                             rt_error *err);

/* The index in papszValues of the value of option pszName; 0 if it is not
 * given. pszChoice lists the values for the message. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseChoice(CSLConstList papszOptions,
                                          const char *pszName,
                                          CSLConstList papszValues,
                                          const char *pszChoice, int &iValue,
                                          rt_error *err);

/* The options of a copy. Defaults come from the current configuration:
 * RETILE_CACHEMAX for MEMORY_MAX; for threads and spill see
 * gdal/base/resources.h. Other options are ignored. RT_ERR_ARGUMENT,
 * RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileParseCopyOptions(CSLConstList papszOptions,
                                               RetileCopyOptions &oOptions,
                                               rt_error *err);

#endif
