/* subdataset_info.cpp - see subdataset_info.h. */
#include "gdal/base/subdataset_info.h"

#include <cstring>

#include "cpl_conv.h"
#include "gdal/base/descriptor.h"
#include "gdal/base/report.h"

/* Whether what follows the prefixes is a path and nothing else. Paths with
 * colons look like names of other drivers. */
static bool IsPath(const std::string &osRest)
{
    return !osRest.empty() &&
           osRest.find_first_of(":{<\"") == std::string::npos;
}

/* The file in a name of another driver, such as NETCDF:"f.nc":v. */
static std::string PathOfOther(const std::string &osName)
{
    std::string osPath;

#if RT_GDAL_HAS_SUBDATASET_INFO
    GDALSubdatasetInfoH hInfo = GDALGetSubdatasetInfo(osName.c_str());
    char *pszPath = hInfo ? GDALSubdatasetInfoGetPathComponent(hInfo) : nullptr;

    osPath = pszPath ? pszPath : "";
    CPLFree(pszPath);
    GDALDestroySubdatasetInfo(hInfo);
#else
    (void)osName;
#endif
    return osPath;
}

RetileNamedFile RetileFindNamedFile(const char *pszName)
{
    const size_t nRest =
        strlen("RETILE:") * static_cast<size_t>(RetileCountPrefixes(pszName));
    const std::string osRest(pszName + nRest);

    if (nRest == 0)
        return {};
    if (IsPath(osRest))
        return {nRest, osRest};
    const std::string osPath = PathOfOther(osRest);
    const size_t nAt = osPath.empty() ? std::string::npos : osRest.find(osPath);
    return nAt == std::string::npos ? RetileNamedFile()
                                    : RetileNamedFile{nRest + nAt, osPath};
}

#if RT_GDAL_HAS_SUBDATASET_INFO

namespace
{

class SubdatasetInfo final : public GDALSubdatasetInfo
{
  public:
    explicit SubdatasetInfo(const std::string &osName)
        : GDALSubdatasetInfo(osName)
    {
    }

  private:
    void parseFileName() override
    {
        m_driverPrefixComponent = "RETILE";
        m_pathComponent = RetileFindNamedFile(m_fileName.c_str()).osPath;
    }
};

} // namespace

/* GDAL replaces the first part of the name that equals the path. If that is not
 * where the path is, the name is better left as it is. */
GDALSubdatasetInfo *RetileSubdatasetInfo(const char *pszName)
try {
    if (!RetileIsPrefixed(pszName))
        return nullptr;
    const RetileNamedFile oFile = RetileFindNamedFile(pszName);

    if (oFile.osPath.empty() ||
        std::string(pszName).find(oFile.osPath) != oFile.nAt)
        return nullptr;
    return new SubdatasetInfo(pszName);
} catch (...) {
    return RetileCaught<GDALSubdatasetInfo *>(nullptr);
}

#endif
