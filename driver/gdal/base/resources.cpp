/* resources.cpp - see resources.h. */
#include "gdal/base/resources.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <mutex>

#include "core/base/byte_size.h"
#include "core/base/pool.h"
#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal/base/fork_mutex.h"

static constexpr uint64_t SPILL_MAX_DEFAULT = uint64_t{10} << 30;

std::string RetileProcessOption(const char *pszName, const char *pszDefault)
{
    if (CPLGetThreadLocalConfigOption(pszName, nullptr) == nullptr)
        return CPLGetConfigOption(pszName, pszDefault);
    const CPLStringList aosProcess(CPLGetConfigOptions());
    const char *pszValue = aosProcess.FetchNameValue(pszName);
    if (pszValue == nullptr)
        pszValue = getenv(pszName);
    return pszValue ? pszValue : pszDefault;
}

rt_status RetileParseThreads(const char *pszValue, int &nThreads, rt_error *err)
{
    const char *pszName = "NUM_THREADS";
    char *pszEnd = nullptr;

    for (const char *pszConfig : {"RETILE_NUM_THREADS", "GDAL_NUM_THREADS"})
        if (pszValue == nullptr) {
            pszName = pszConfig;
            pszValue = CPLGetConfigOption(pszConfig, nullptr);
        }
    nThreads = std::min(CPLGetNumCPUs(), RT_MAX_THREADS);
    if (pszValue == nullptr || EQUAL(pszValue, "ALL_CPUS"))
        return RT_OK;
    const long long nValue = std::strtoll(pszValue, &pszEnd, 10);
    if (pszEnd == pszValue || *pszEnd != '\0' || nValue < 1 || nValue > INT_MAX)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s=%s is not a number of threads: write 1 or "
                            "more, or ALL_CPUS",
                            pszName, pszValue);
    nThreads = static_cast<int>(std::min<long long>(nValue, RT_MAX_THREADS));
    return RT_OK;
}

const char *RetileSpillName(rt_spill eSpill)
{
    switch (eSpill) {
    case RT_SPILL_NONE:
        return "NONE";
    case RT_SPILL_MEMORY:
        return "MEMORY";
    case RT_SPILL_DISK:
        return "DISK";
    default:
        return "AUTO";
    }
}

rt_status RetileParseSpill(const char *pszValue, rt_spill &eSpill,
                           rt_error *err)
{
    if (pszValue == nullptr)
        pszValue = "AUTO";
    for (const rt_spill eOne :
         {RT_SPILL_AUTO, RT_SPILL_NONE, RT_SPILL_MEMORY, RT_SPILL_DISK})
        if (EQUAL(pszValue, RetileSpillName(eOne))) {
            eSpill = eOne;
            return RT_OK;
        }
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "SPILL=%s is unknown: write AUTO, NONE, MEMORY or DISK",
                        pszValue);
}

rt_status RetileFindSpillPlace(RetileSpillPlace &oPlace, rt_error *err)
{
    const std::string osMax = RetileProcessOption("RETILE_SPILL_MAX", "");

    for (const char *pszName : {"RETILE_SPILL_DIR", "CPL_TMPDIR", "TMPDIR"})
        if (oPlace.osFolder.empty())
            oPlace.osFolder = CPLGetConfigOption(pszName, "");
    if (oPlace.osFolder.empty())
        oPlace.osFolder = "/tmp";
    oPlace.nMaxBytes = SPILL_MAX_DEFAULT;
    if (osMax.empty())
        return RT_OK;
    return rt_byte_size_parse("RETILE_SPILL_MAX", osMax.c_str(),
                              static_cast<uint64_t>(CPLGetUsablePhysicalRAM()),
                              &oPlace.nMaxBytes, err);
}

rt_budget *RetileDiskBudget(uint64_t nMaxBytes)
{
    static RetileMutex oMutex;
    static rt_budget *poBudget; /* guarded by oMutex */
    const std::lock_guard<RetileMutex> oLock(oMutex);

    if (poBudget == nullptr)
        poBudget = rt_budget_create(0);
    if (poBudget != nullptr)
        rt_budget_set_limit(poBudget, nMaxBytes);
    return poBudget;
}
