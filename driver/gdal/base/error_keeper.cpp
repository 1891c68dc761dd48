/* error_keeper.cpp - see error_keeper.h. */
#include "gdal/base/error_keeper.h"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <iterator>

#include "cpl_string.h"
#include "gdal/base/last_error.h"
#include "io/dataset/gdal_errors.h"

static thread_local const RetileShownName *poShown = nullptr;

RetileShownName::RetileShownName(const char *pszPath, const char *pszShown)
    : m_osPath(pszPath), m_osShown(pszShown), m_poOuter(poShown)
{
    poShown = this;
}

RetileShownName::~RetileShownName()
{
    poShown = m_poOuter;
}

std::string RetileShownName::In(const std::string &osText)
{
    if (poShown == nullptr)
        return osText;
    return CPLString(osText).replaceAll(poShown->m_osPath, poShown->m_osShown);
}

void CPL_STDCALL RetileErrorKeeper::Keep(CPLErr eSeverity, CPLErrorNum nNumber,
                                         const char *pszText)
{
    const int nErrno = errno;
    auto *poKeeper =
        static_cast<RetileErrorKeeper *>(CPLGetErrorHandlerUserData());

    try {
        if (eSeverity == CE_Failure) {
            poKeeper->m_anErrno.reserve(poKeeper->m_aosFailures.size() + 1);
            poKeeper->m_aosFailures.push_back(RetileShownName::In(pszText));
            poKeeper->m_anErrno.push_back(nErrno);
        } else if (eSeverity == CE_Warning)
            poKeeper->m_aoWarnings.emplace_back(nNumber,
                                                RetileShownName::In(pszText));
    } catch (const std::exception &) {
        /* If there is no memory for a message, it is lost. */
    }
}

RetileErrorKeeper::RetileErrorKeeper()
    : m_eSeverityBefore(CPLGetLastErrorType()),
      m_nNumberBefore(CPLGetLastErrorNo()),
      m_osTextBefore(CPLGetLastErrorMsg()), m_nErrnoBefore(errno)
{
    CPLPushErrorHandlerEx(Keep, this);
    CPLSetCurrentErrorHandlerCatchDebug(FALSE);
    errno = 0;
}

RetileErrorKeeper::~RetileErrorKeeper()
{
    if (!m_bEnded)
        Restore();
}

void RetileErrorKeeper::Restore()
{
    m_bEnded = true;
    CPLPopErrorHandler();
    CPLErrorSetState(m_eSeverityBefore, m_nNumberBefore,
                     m_osTextBefore.c_str());
    errno = m_nErrnoBefore; /* for an outer keeper */
}

std::string RetileErrorKeeper::Told(size_t iFirst,
                                    const char *pszOtherwise) const
{
    char szTold[RT_ERROR_TEXT_BYTES];

    if (iFirst >= m_aosFailures.size())
        return pszOtherwise;
    rt_gdal_errors_join(m_aosFailures[iFirst].c_str(),
                        m_aosFailures.back().c_str(), szTold);
    return szTold;
}

void RetileErrorKeeper::Forget(const char *pszText)
{
    const auto oLatest =
        std::find(m_aosFailures.rbegin(), m_aosFailures.rend(), pszText);

    if (oLatest == m_aosFailures.rend())
        return;
    const auto oFailure = std::next(oLatest).base();
    m_anErrno.erase(m_anErrno.begin() + (oFailure - m_aosFailures.begin()));
    m_aosFailures.erase(oFailure);
}

void RetileErrorKeeper::End()
{
    Restore();
    for (const auto &oWarning : m_aoWarnings)
        CPLError(CE_Warning, oWarning.first, "%s", oWarning.second.c_str());
    RetileLastWarning::Note();
}
