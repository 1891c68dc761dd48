/* creation_options.h - what `-of RETILE` can be told: the options of this
 * driver, and beside them all those of the GTiff driver that make sense here.
 */
#ifndef RETILE_GDAL_CREATION_OPTIONS_H
#define RETILE_GDAL_CREATION_OPTIONS_H

#include <cstdint>
#include <string>

#include "core/status.h"
#include "cpl_string.h"

enum class RetileSpill { Auto, None, Memory, Disk };
enum class RetilePassthrough { Auto, No, Required };

/* How a copy is made; nothing of it changes pixels or metadata but the
 * block size. */
struct RetileCopyOptions {
    int nBlockXSize = 512, nBlockYSize = 512; /* multiples of 16 */
    uint64_t nMemoryMax = 0;                  /* bytes */
    int nThreads = 1;                         /* 1 or more */
    RetileSpill eSpill = RetileSpill::Auto;
    std::string osSpillFolder{};
    uint64_t nSpillMax = 0; /* bytes; 0: spill nothing */
    RetilePassthrough ePassthrough = RetilePassthrough::Auto;
};

/* GDAL_DMD_CREATIONOPTIONLIST: the options of this driver, then those of
 * pszGTiffList, GTiff's list, less those that it replaces or that have no
 * meaning here. pszGTiffList may be nullptr. */
std::string RetileCreationOptionList(const char *pszGTiffList);

/* papszOptions without those that are this driver's alone: what is handed to
 * GTiff. BLOCKXSIZE and BLOCKYSIZE stay; NUM_THREADS goes. */
CPLStringList RetileGTiffOptions(CSLConstList papszOptions);

/* The options of a copy, with the defaults of the configuration in force:
 * RETILE_CACHEMAX for MEMORY_MAX; RETILE_NUM_THREADS, else GDAL_NUM_THREADS,
 * else all CPUs for NUM_THREADS; RETILE_SPILL_DIR, else CPL_TMPDIR, else
 * TMPDIR, else /tmp, and RETILE_SPILL_MAX for what is spilled. Other options
 * are let pass. RT_ERR_ARGUMENT, RT_ERR_RANGE. */
RT_MUST_CHECK rt_status RetileParseCopyOptions(CSLConstList papszOptions,
                                               RetileCopyOptions &oOptions,
                                               rt_error *err);

#endif
