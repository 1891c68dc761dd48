/* chip_metadata.cpp - see chip_metadata.h. */
#include "gdal/view/chip_metadata.h"

#include <cmath>
#include <cstdlib>

#include "cpl_conv.h"
#include "gdal_priv.h"

CPLStringList RetileChipsDescription(const RetileSharedView &oView)
{
    const rt_chips &oChips = *oView.Chips();
    CPLStringList aosList;

    aosList.SetNameValue("COLS", CPLSPrintf("%d", oChips.x.n_chips));
    aosList.SetNameValue("ROWS", CPLSPrintf("%d", oChips.y.n_chips));
    aosList.SetNameValue("CHIPXSIZE", CPLSPrintf("%d", oChips.x.chip_px));
    aosList.SetNameValue("CHIPYSIZE", CPLSPrintf("%d", oChips.y.chip_px));
    aosList.SetNameValue("ITEM", "col,row");
    aosList.SetNameValue("VALUE", "{\"window\":[x,y,width,height],"
                                  "\"geotransform\":[6 numbers] or null}");
    return aosList;
}

/* Reads a whole number of at least 0 and below nEnd that ends at chEnd, and
 * moves psz behind chEnd. */
static bool ReadIndex(const char *&psz, char chEnd, int nEnd, int &nIndex)
{
    char *pszEnd = nullptr;
    const long nValue = std::strtol(psz, &pszEnd, 10);

    if (*psz < '0' || *psz > '9' || *pszEnd != chEnd || nValue >= nEnd)
        return false;
    nIndex = static_cast<int>(nValue);
    psz = pszEnd + 1;
    return true;
}

static bool SourceTransform(const RetileSharedView &oView, double *padfGT)
{
    return oView.WithSource([&](GDALDataset *poSource) {
        return GDALGetGeoTransform(GDALDataset::ToHandle(poSource), padfGT) ==
               CE_None;
    });
}

/* The geotransform of a raster whose first pixel is pixel nX, nY of the source.
 */
static std::string TransformText(const double *padfGT, int nX, int nY)
{
    const double adfOwn[] = {
        padfGT[0] + nX * padfGT[1] + nY * padfGT[2], padfGT[1], padfGT[2],
        padfGT[3] + nX * padfGT[4] + nY * padfGT[5], padfGT[4], padfGT[5]};
    std::string osText;

    for (const double dfValue : adfOwn) {
        if (!std::isfinite(dfValue))
            return "null";
        osText += CPLSPrintf("%s%.17g", osText.empty() ? "" : ",", dfValue);
    }
    return "[" + osText + "]";
}

std::string RetileChipItem(const RetileSharedView &oView, const char *pszName)
{
    const rt_chips &oChips = *oView.Chips();
    double adfGT[6] = {};
    int nCol = 0, nRow = 0;

    if (!ReadIndex(pszName, ',', oChips.x.n_chips, nCol) ||
        !ReadIndex(pszName, '\0', oChips.y.n_chips, nRow))
        return "";
    const rt_window oWindow = rt_chips_window(&oChips, nCol, nRow);
    const std::string osTransform =
        SourceTransform(oView, adfGT)
            ? TransformText(adfGT, oWindow.x_px, oWindow.y_px)
            : "null";
    return std::string(CPLSPrintf("{\"window\":[%d,%d,%d,%d],", oWindow.x_px,
                                  oWindow.y_px, oWindow.w_px, oWindow.h_px)) +
           "\"geotransform\":" + osTransform + "}";
}

bool RetileChipsHideDomain(const RetileSharedView &oView, const char *pszDomain)
{
    if (oView.Chips() == nullptr || pszDomain == nullptr)
        return false;
    return EQUAL(pszDomain, "RPC") || EQUAL(pszDomain, "GEOLOCATION") ||
           EQUAL(pszDomain, "LocationInfo");
}

bool RetileChipsHideItem(const RetileSharedView &oView, const char *pszName,
                         const char *pszDomain)
{
    if (oView.Chips() == nullptr)
        return false;
    return RetileChipsHideDomain(oView, pszDomain) ||
           ((pszDomain == nullptr || *pszDomain == '\0') &&
            STARTS_WITH_CI(pszName, "STATISTICS_"));
}

CPLStringList RetileChipsShow(const RetileSharedView &oView,
                              const char *pszDomain, CSLConstList papszSource)
{
    CPLStringList aosShown;

    for (int i = 0; papszSource != nullptr && papszSource[i] != nullptr; i++)
        if (!RetileChipsHideItem(oView, papszSource[i], pszDomain))
            aosShown.AddString(papszSource[i]);
    return aosShown;
}
