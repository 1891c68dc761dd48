/* last_error.h - preserves what CPLGetLastErrorMsg returns after a copy.
 *
 * GDAL clears its last error whenever a dataset is opened. A copy opens several
 * datasets after it has warned the user.
 */
#ifndef RETILE_GDAL_BASE_LAST_ERROR_H
#define RETILE_GDAL_BASE_LAST_ERROR_H

#include <string>

#include "cpl_error.h"
#include "cpl_port.h"

/* While an object of this class exists, it notes the warnings on its thread.
 * When it ends, it makes the latest one GDAL's last error again, unless there
 * is a later error. */
class RetileLastWarning
{
  public:
    /* Also notes GDAL's current last error if that is a warning. */
    RetileLastWarning();
    ~RetileLastWarning();

    /* Call this after a warning and before anything is opened. Does nothing if
     * no copy is running. */
    static void Note();

  private:
    CPLErrorNum m_nNumber = CPLE_None;
    std::string m_osText{};
    RetileLastWarning *const m_poOuter;

    CPL_DISALLOW_COPY_ASSIGN(RetileLastWarning)
};

#endif
