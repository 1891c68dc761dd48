/* fuzz.h - what the fuzz targets share. Each target has one function that gets
 * bytes. It returns, or the process ends with a message. */
#ifndef RETILE_AUTOTEST_FUZZ_H
#define RETILE_AUTOTEST_FUZZ_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <malloc.h>

#include "core/base/status.h"
#include "cpl_error.h"
#include "cpl_vsi.h"
#include "gdal_priv.h"

extern "C" int LLVMFuzzerInitialize(int *pnArguments, char ***ppapszArguments);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *pabyData, size_t nSize);

inline void FuzzExpect(bool bTrue, const char *pszWhat)
{
    if (bTrue)
        return;
    std::fprintf(stderr, "fuzz: not so: %s\n", pszWhat);
    std::abort();
}

/* Any input may fail, but only with a reason, and not with an internal error.
 */
inline void FuzzStatus(rt_status eStatus, const rt_error &oError)
{
    if (eStatus == RT_OK)
        return;
    FuzzExpect(eStatus != RT_ERR_INTERNAL, oError.text);
    FuzzExpect(oError.text[0] != '\0', "a failure says why");
}

/* Expects the same bytes; reports the first one that differs. */
inline void FuzzSame(const std::vector<GByte> &abyOurs,
                     const std::vector<GByte> &abyPlain)
{
    const auto oFirst =
        std::mismatch(abyOurs.begin(), abyOurs.end(), abyPlain.begin());

    if (oFirst.first == abyOurs.end())
        return;
    std::fprintf(stderr, "fuzz: at byte %ld of %zu: %d, GDAL has %d\n",
                 static_cast<long>(oFirst.first - abyOurs.begin()),
                 abyOurs.size(), *oFirst.first, *oFirst.second);
    FuzzExpect(false, "the pixels are GDAL's");
}

/* Bytes as a file in GDAL's memory, as long as this object lives. */
class FuzzFile
{
  public:
    FuzzFile(const std::string &osPath, const uint8_t *pabyData, size_t nSize)
        : m_osPath(osPath)
    {
        VSILFILE *fp =
            VSIFileFromMemBuffer(osPath.c_str(), const_cast<GByte *>(pabyData),
                                 nSize, /* bTakeOwnership = */ FALSE);

        FuzzExpect(fp != nullptr && VSIFCloseL(fp) == 0, "a file in memory");
    }
    ~FuzzFile() { VSIUnlink(m_osPath.c_str()); }
    FuzzFile(const FuzzFile &) = delete;
    FuzzFile &operator=(const FuzzFile &) = delete;

    const char *Path() const { return m_osPath.c_str(); }

  private:
    const std::string m_osPath;
};

/* If libtiff accepts a strip that is cut off as a whole one, GDAL shows what
 * the memory held before. Here, as in the driver's own buffers, that is 0. */
extern "C" inline __attribute__((used)) const char *__asan_default_options()
{
    return "malloc_fill_byte=0:max_malloc_fill_size=268435456";
}

/* GDAL's messages are not printed: hostile files cause many of them. */
inline void FuzzStart()
{
    mallopt(M_PERTURB, 0xff); /* the byte is inverted */
    CPLSetErrorHandler(CPLQuietErrorHandler);
    CPLSetConfigOption("GDAL_PAM_ENABLED", "NO");
    CPLSetConfigOption("GDAL_DISABLE_READDIR_ON_OPEN", "YES");
    GDALAllRegister();
}

#endif
