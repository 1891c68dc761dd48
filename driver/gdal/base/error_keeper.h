/* error_keeper.h - everything that GDAL reports on this thread during a
 * call, kept for a caller that learns only afterwards which of it the user
 * is to hear.
 *
 * GDAL's last error is as before when the keeper ends. Debug messages pass.
 */
#ifndef RETILE_GDAL_BASE_ERROR_KEEPER_H
#define RETILE_GDAL_BASE_ERROR_KEEPER_H

#include <string>
#include <utility>
#include <vector>

#include "cpl_error.h"

/* While one is there, what keepers on this thread keep has pszShown where GDAL
 * says pszPath, the name of a file that the user does not know. Both are
 * copied. The innermost one counts. */
class RetileShownName
{
  public:
    RetileShownName(const char *pszPath, const char *pszShown);
    ~RetileShownName();

    /* A text as the user is to read it. */
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
    /* Ends with nothing reported where End() was not called. */
    ~RetileErrorKeeper();
    RetileErrorKeeper(const RetileErrorKeeper &) = delete;
    RetileErrorKeeper &operator=(const RetileErrorKeeper &) = delete;

    /* The texts of the failures so far: the first says what went wrong,
     * those after it what followed. */
    const std::vector<std::string> &Failures() const { return m_aosFailures; }

    /* Numbers and texts of the warnings so far. */
    const std::vector<std::pair<CPLErrorNum, std::string>> &Warnings() const
    {
        return m_aoWarnings;
    }

    /* Forgets the latest failure of this text. */
    void Forget(const char *pszText);

    /* Ends, and reports the warnings. */
    void End();

  private:
    static void CPL_STDCALL Keep(CPLErr eSeverity, CPLErrorNum nNumber,
                                 const char *pszText);
    void Restore();

    std::vector<std::string> m_aosFailures{};
    std::vector<std::pair<CPLErrorNum, std::string>> m_aoWarnings{};
    bool m_bEnded = false;
    const CPLErr m_eSeverityBefore;
    const CPLErrorNum m_nNumberBefore;
    const std::string m_osTextBefore;
};

#endif
