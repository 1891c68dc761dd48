/* options.h - the open options of a view, checked. */
#ifndef RETILE_GDAL_VIEW_OPTIONS_H
#define RETILE_GDAL_VIEW_OPTIONS_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/status.h"
#include "core/cache/block_cache.h"
#include "core/view/chips.h"
#include "cpl_port.h"
#include "gdal/base/descriptor.h"
#include "gdal/overviews/options.h"
#include "io/source/gdal_source.h"

enum class RetileCacheMode { Shared, Private, None };

struct RetileOptions {
    int nBlockXSize = 512; /* pixels */
    int nBlockYSize = 512;
    bool bPadEdges = false;
    bool bHasPadValue = false;
    std::string osPadValue; /* as written; checked against each band's type */
    RetileCacheMode eCache = RetileCacheMode::Shared;
    uint64_t nCacheMax = 0; /* bytes; of a private cache, 0 where not given */

    int nOverlap = 0; /* pixels on each side of a block */
    rt_chip_mode eOverlapMode = RT_CHIP_REFLECT;
    int nThreads = 0; /* 0 where not given */
    rt_spill eSpill = RT_SPILL_AUTO;
    RetileOverviewOptions oOverviews{};
    rt_decoder eDecoder = RT_DECODER_AUTO;
    std::string osFocal; /* words of gdaldem, judged when the source is open */

    /* What was given, by its name in upper case: for a descriptor. */
    std::map<std::string, std::string> oGiven;
};

/* GDAL_DMD_OPENOPTIONLIST. */
std::string RetileOpenOptionList();

/* The elements Option of those creation options that LAYOUT=DESCRIPTOR alone
 * has: open options of the view that it names. */
std::string RetileDescriptorOptionsXML();

/* The names of all open options, or of those above. */
std::vector<const char *> RetileOptionNames(bool bOfDescriptorOnly);

/* Sets one option from name and value. RT_ERR_ARGUMENT or RT_ERR_RANGE,
 * naming the option and what would be right: for an unknown name, one that
 * this version does not have yet, or a malformed value. */
rt_status RetileSetOption(RetileOptions &oOptions, const char *pszName,
                          const char *pszValue, rt_error *err);

/* Sets all of a GDAL option list; NULL is empty. */
rt_status RetileSetOptions(RetileOptions &oOptions, CSLConstList papszOptions,
                           rt_error *err);

/* What can be judged only when all options are known: CACHE_MAX goes with
 * CACHE=PRIVATE. */
rt_status RetileCheckOptions(const RetileOptions &oOptions, rt_error *err);

/* Reads the name of a view in any of its three forms, with the options that
 * it is opened with: they win over the descriptor's. The errors of
 * RetileReadDescriptor and of the above. */
rt_status RetileReadView(const char *pszName, CSLConstList papszOptions,
                         RetileDescriptor &oDescriptor, RetileOptions &oOptions,
                         rt_error *err);

#endif
