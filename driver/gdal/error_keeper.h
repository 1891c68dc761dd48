/* error_keeper.h - everything that GDAL reports on this thread during a
 * call, kept for a caller that learns only afterwards which of it the user
 * is to hear.
 *
 * GDAL's last error is as before when the keeper ends. Debug messages pass.
 */
#ifndef RETILE_GDAL_ERROR_KEEPER_H
#define RETILE_GDAL_ERROR_KEEPER_H

#include <string>
#include <utility>
#include <vector>

#include "cpl_error.h"

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

    /* From now on texts have pszShown where they would have pszPath, the name
     * of a file that the user does not know. Both are copied. */
    void Show(const char *pszPath, const char *pszShown);

    /* Ends, and reports the warnings. */
    void End();

  private:
    static void CPL_STDCALL Keep(CPLErr eSeverity, CPLErrorNum nNumber,
                                 const char *pszText);
    std::string Shown(const std::string &osText) const;
    void Restore();

    std::string m_osPath{}, m_osShown{};
    std::vector<std::string> m_aosFailures{};
    std::vector<std::pair<CPLErrorNum, std::string>> m_aoWarnings{};
    bool m_bEnded = false;
    const CPLErr m_eSeverityBefore;
    const CPLErrorNum m_nNumberBefore;
    const std::string m_osTextBefore;
};

#endif
