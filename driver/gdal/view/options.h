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
    std::string osPadValue; /* as given; checked against each band's type */
    RetileCacheMode eCache = RetileCacheMode::Shared;
    uint64_t nCacheMax = 0; /* bytes of a private cache, 0 if not given */

    int nOverlap = 0; /* pixels on each side of a block */
    rt_chip_mode eOverlapMode = RT_CHIP_REFLECT;
    int nThreads = 0; /* 0 if not given */
    rt_spill eSpill = RT_SPILL_AUTO;
    RetileOverviewOptions oOverviews{};
    rt_decoder eDecoder = RT_DECODER_AUTO;
    std::string osFocal; /* words of gdaldem, checked when the source is open */

    /* The given options, with names in upper case. Written into descriptors. */
    std::map<std::string, std::string> oGiven;
};

/* What GDAL and its programs are told of an option. */
struct RetileOptionText {
    const char *pszName;
    const char *pszType;        /* attributes of GDAL's XML */
    const char *pszValues;      /* words, of which one is a value; or "" */
    const char *pszDescription; /* as GDAL's programs show it */
};

/* An element Option of GDAL's XML. */
std::string RetileOptionXML(const RetileOptionText &oOption);

/* GDAL_DMD_OPENOPTIONLIST. */
std::string RetileOpenOptionList();

/* The elements Option of those creation options that LAYOUT=DESCRIPTOR alone
 * has: open options of the view that it names. */
std::string RetileDescriptorOptionsXML();

/* The names of all open options, or of those above. */
std::vector<const char *> RetileOptionNames(bool bOfDescriptorOnly);

/* Sets one option. RT_ERR_ARGUMENT or RT_ERR_RANGE for an unknown name, a name
 * that this version does not support yet, or a malformed value. The message
 * names the option and the valid values. */
RT_MUST_CHECK rt_status RetileSetOption(RetileOptions &oOptions,
                                        const char *pszName,
                                        const char *pszValue, rt_error *err);

/* Sets all options of a GDAL option list; NULL is empty. RT_ERR_ARGUMENT or
 * RT_ERR_RANGE, as above; also if an option has no "=". */
RT_MUST_CHECK rt_status RetileSetOptions(RetileOptions &oOptions,
                                         CSLConstList papszOptions,
                                         rt_error *err);

/* Checks what needs all options: CACHE_MAX requires CACHE=PRIVATE.
 * RT_ERR_ARGUMENT. */
RT_MUST_CHECK rt_status RetileCheckOptions(const RetileOptions &oOptions,
                                           rt_error *err);

/* Reads the name of a view in any of its three forms, and the options with
 * which it is opened. Those win over the descriptor's. Errors are those of
 * RetileReadDescriptor and of the functions above. */
RT_MUST_CHECK rt_status RetileReadView(const char *pszName,
                                       CSLConstList papszOptions,
                                       RetileDescriptor &oDescriptor,
                                       RetileOptions &oOptions, rt_error *err);

#endif
