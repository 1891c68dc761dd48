/* creation_options.h - what `-of RETILE` can be told: the options of this
 * driver, and beside them those of the COG driver, and all those of the GTiff
 * driver that make sense here.
 */
#ifndef RETILE_GDAL_COPY_CREATION_OPTIONS_H
#define RETILE_GDAL_COPY_CREATION_OPTIONS_H

#include <cstdint>
#include <string>

#include "core/base/status.h"
#include "cpl_string.h"
#include "gdal/base/resources.h"

enum class RetilePassthrough { Auto, No, Required };

/* How a copy is made; nothing of it changes pixels or metadata but the
 * block size. */
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
 * those of pszGTiffList, GTiff's list, less those that it replaces or that have
 * no meaning here. pszGTiffList may be nullptr. */
std::string RetileCreationOptionList(const char *pszGTiffList);

/* papszOptions without those that are this driver's or the COG driver's alone:
 * what is handed to GTiff. BLOCKXSIZE and BLOCKYSIZE stay; NUM_THREADS goes. */
CPLStringList RetileGTiffOptions(CSLConstList papszOptions);

/* The size of tiles that option pszName asks for, a multiple of 16; as it was
 * where it is not given. RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseBlockSize(CSLConstList papszOptions,
                                             const char *pszName, int &nSize,
                                             rt_error *err);

/* The place of option pszName among papszValues, or of the first of these
 * where it is not given; pszChoice names them for the message.
 * RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileParseChoice(CSLConstList papszOptions,
                                          const char *pszName,
                                          CSLConstList papszValues,
                                          const char *pszChoice, int &iValue,
                                          rt_error *err);

/* The options of a copy; what is not given is as the configuration in force
 * has it: RETILE_CACHEMAX for MEMORY_MAX, and as gdal/base/resources.h says for
 * threads and spill. Other options are let pass. RT_ERR_ARGUMENT, RT_ERR_RANGE.
 */
RT_MUST_CHECK rt_status RetileParseCopyOptions(CSLConstList papszOptions,
                                               RetileCopyOptions &oOptions,
                                               rt_error *err);

#endif
