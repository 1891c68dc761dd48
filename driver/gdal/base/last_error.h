/* last_error.h - what CPLGetLastErrorMsg says after a copy.
 *
 * GDAL forgets its last error at every opening of a dataset, of which a copy
 * makes several after it has warned the user.
 */
#ifndef RETILE_GDAL_BASE_LAST_ERROR_H
#define RETILE_GDAL_BASE_LAST_ERROR_H

#include <string>

#include "cpl_error.h"
#include "cpl_port.h"

/* While one is there, it is told of warnings on its thread; at its end the
 * latest is GDAL's last error again, if there is none since. */
class RetileLastWarning
{
  public:
    /* GDAL's last error before, where that is a warning, counts. */
    RetileLastWarning();
    ~RetileLastWarning();

    /* To be called after a warning and before anything is opened. Does nothing
     * where no copy is on its way. */
    static void Note();

  private:
    CPLErrorNum m_nNumber = CPLE_None;
    std::string m_osText{};
    RetileLastWarning *const m_poOuter;

    CPL_DISALLOW_COPY_ASSIGN(RetileLastWarning)
};

#endif
