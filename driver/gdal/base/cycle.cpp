/* cycle.cpp - see cycle.h.
 *
 * Most sources are opened together with the view, so a cycle reaches the same
 * name again on the same thread. A VRT may open its sources later. Its text is
 * therefore searched for names of views and of further VRTs, without opening
 * them.
 */
#include "gdal/base/cycle.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "io/dataset/file_stat.h"
#include "io/vrt/sources.h"

static thread_local const RetileOpening *poInnermostOpening = nullptr;

RetileOpening::RetileOpening(const char *pszName)
    : m_osName(RetileCanonicalName(pszName)), m_bNested(false),
      m_poOuter(poInnermostOpening)
{
    for (const RetileOpening *po = m_poOuter; po != nullptr; po = po->m_poOuter)
        m_bNested |= po->m_osName == m_osName;
    if (m_poOuter != nullptr)
        m_nOuter = m_poOuter->m_nOuter + 1;
    m_nPrefixes = RetileCountPrefixes(pszName);
    poInnermostOpening = this;
}

RetileOpening::~RetileOpening()
{
    poInnermostOpening = m_poOuter;
}

static bool HasExtension(const std::string &osName, const char *pszExtension)
{
    return EQUAL(CPLGetExtension(osName.c_str()), pszExtension);
}

/* Looks at the first bytes, as GDAL's driver does. */
static bool IsVrtFile(const std::string &osName)
{
    VSIStatBufL sStat;
    char szStart[1025] = "";

    if (!VSIIsLocal(osName.c_str())) /* reading it would be a request */
        return HasExtension(osName, "vrt");
    if (rt_file_stat(osName.c_str(), &sStat) != 0 || VSI_ISDIR(sStat.st_mode))
        return false;
    VSILFILE *fp = VSIFOpenL(osName.c_str(), "rb");
    if (fp == nullptr)
        return false;
    szStart[VSIFReadL(szStart, 1, sizeof(szStart) - 1, fp)] = '\0';
    VSIFCloseL(fp);
    return strstr(szStart, "<VRTDataset") != nullptr;
}

static bool IsVrtText(const std::string &osName)
{
    return STARTS_WITH_CI(osName.c_str(), "<VRTDataset");
}

static CPLStringList VrtSources(const std::string &osVrt)
{
    static const GIntBig nMaxBytes = 64 * 1024 * 1024;
    GByte *pabyText = nullptr;

    if (IsVrtText(osVrt))
        return CPLStringList(rt_vrt_source_names(osVrt.c_str(), ""));
    if (!VSIIngestFile(nullptr, osVrt.c_str(), &pabyText, nullptr, nMaxBytes))
        return {};
    CPLStringList aosNames(rt_vrt_source_names(
        reinterpret_cast<const char *>(pabyText), CPLGetPath(osVrt.c_str())));
    VSIFree(pabyText);
    return aosNames;
}

/* Names are followed over this many steps. A deeper cycle is found when the
 * dataset is opened. */
constexpr int MAX_STEPS = 32;

/* Whether osName leads to osTarget through views and VRTs. */
static bool LeadsTo(const std::string &osName, const std::string &osTarget,
                    std::set<std::string> &oVisited, int nStep = 0)
{
    const bool bView = RetileIsPrefixed(osName.c_str()) ||
                       RetileIsText(osName.c_str()) ||
                       HasExtension(osName, "retile");

    if (RetileCanonicalName(osName.c_str()) == osTarget)
        return true;
    if (nStep >= MAX_STEPS || !oVisited.insert(osName).second)
        return false;
    if (bView) {
        RetileDescriptor oDescriptor;
        return RetileReadDescriptor(osName.c_str(), oDescriptor, nullptr) ==
                   RT_OK &&
               LeadsTo(oDescriptor.osSource, osTarget, oVisited, nStep + 1);
    }
    if (!IsVrtText(osName) && !IsVrtFile(osName))
        return false;
    const CPLStringList aosSources(VrtSources(osName));
    for (int i = 0; i < aosSources.size(); i++)
        if (LeadsTo(aosSources[i], osTarget, oVisited, nStep + 1))
            return true;
    return false;
}

rt_status RetileOpening::CheckNesting(rt_error *err) const
{
    if (m_nOuter + std::max(1, m_nPrefixes) <= RETILE_MAX_NESTING)
        return RT_OK;
    return rt_error_set(err, RT_ERR_RANGE,
                        "views are nested deeper than %d levels: name the "
                        "source of the innermost one",
                        RETILE_MAX_NESTING);
}

rt_status RetileOpening::Check(const RetileDescriptor &oDescriptor,
                               rt_error *err) const
{
    std::set<std::string> oVisited;

    bool bCycle = m_bNested;
    if (!bCycle) {
        const CPLErrorHandlerPusher oQuiet(CPLQuietErrorHandler);
        bCycle = LeadsTo(oDescriptor.osSource, m_osName, oVisited);
    }
    if (!bCycle)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "'%s' refers to itself through its source '%s'",
                        m_osName.c_str(), oDescriptor.osSource.c_str());
}
