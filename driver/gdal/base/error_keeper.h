/* error_keeper.h - keeps back everything that GDAL reports on this thread
 * during a call. The caller decides afterwards what the user should see.
 *
 * When the keeper ends, GDAL's last error is what it was before. Debug messages
 * are not kept back.
 */
#ifndef RETILE_GDAL_BASE_ERROR_KEEPER_H
#define RETILE_GDAL_BASE_ERROR_KEEPER_H

#include <string>
#include <utility>
#include <vector>

#include "cpl_error.h"

/* While an object of this class exists, keepers on this thread write pszShown
 * wherever GDAL writes pszPath, the name of a file that the user does not know.
 * Both texts are copied. If there are several objects, the innermost one
 * counts. */
class RetileShownName
{
  public:
    RetileShownName(const char *pszPath, const char *pszShown);
    ~RetileShownName();

    /* The text as the user should read it. */
    static std::string In(const std::string &osText);

  private:
    const std::string m_osPath;
    const std::string m_osShown;
    const RetileShownName *const m_poOuter;

    CPL_DISALLOW_COPY_ASSIGN(RetileShownName)
};

class RetileErrorKeeper
{
  public:
    RetileErrorKeeper();
    /* If End() was not called, nothing is reported. */
    ~RetileErrorKeeper();
    RetileErrorKeeper(const RetileErrorKeeper &) = delete;
    RetileErrorKeeper &operator=(const RetileErrorKeeper &) = delete;

    /* The texts of the failures so far. The first one says what went wrong, the
     * others are consequences. */
    const std::vector<std::string> &Failures() const { return m_aosFailures; }

    /* The failures from iFirst on as the user is told them
     * (rt_gdal_errors_join), or pszOtherwise if there are none. */
    std::string Told(size_t iFirst, const char *pszOtherwise) const;

    /* errno at the time of a failure; 0 if no call of the system has failed
     * since the keeper began. It is the reason only if the failure is that of
     * a call. */
    int SystemError(size_t iFailure) const { return m_anErrno[iFailure]; }

    /* The numbers and texts of the warnings so far. */
    const std::vector<std::pair<CPLErrorNum, std::string>> &Warnings() const
    {
        return m_aoWarnings;
    }

    /* Removes the latest failure that has this text. */
    void Forget(const char *pszText);

    /* Ends the keeper and reports the warnings. */
    void End();

  private:
    static void CPL_STDCALL Keep(CPLErr eSeverity, CPLErrorNum nNumber,
                                 const char *pszText);
    void Restore();

    std::vector<std::string> m_aosFailures{};
    std::vector<int> m_anErrno{}; /* of each failure */
    std::vector<std::pair<CPLErrorNum, std::string>> m_aoWarnings{};
    bool m_bEnded = false;
    const CPLErr m_eSeverityBefore;
    const CPLErrorNum m_nNumberBefore;
    const std::string m_osTextBefore;
    const int m_nErrnoBefore;
};

#endif
