/* options.cpp - see options.h. */
#include "gdal/overviews/options.h"

#include "cpl_conv.h"
#include "cpl_string.h"
#include "gdal/overviews/level_reduce.h"

static const struct {
    const char *pszName;
    RetileOverviews eOverviews;
} OVERVIEWS[] = {{"SOURCE", RetileOverviews::Source},
                 {"AUTO", RetileOverviews::Auto},
                 {"VIRTUAL", RetileOverviews::Virtual},
                 {"NONE", RetileOverviews::None}};

const char *RetileOverviewsName(RetileOverviews eOverviews)
{
    for (const auto &oOne : OVERVIEWS)
        if (oOne.eOverviews == eOverviews)
            return oOne.pszName;
    return "";
}

static rt_status SetOverviews(RetileOverviews &eOverviews, const char *pszValue,
                              rt_error *err)
{
    const char *pszName = pszValue ? "OVERVIEWS" : "RETILE_OVERVIEWS";

    if (pszValue == nullptr)
        pszValue = CPLGetConfigOption(pszName, "SOURCE");
    for (const auto &oOne : OVERVIEWS)
        if (EQUAL(pszValue, oOne.pszName)) {
            eOverviews = oOne.eOverviews;
            return RT_OK;
        }
    return rt_error_set(err, RT_ERR_ARGUMENT,
                        "%s=%s is unknown: write SOURCE, AUTO, VIRTUAL or NONE",
                        pszName, pszValue);
}

static rt_status SetStrategy(double &dfStrategy, const char *pszValue,
                             rt_error *err)
{
    char *pszEnd = nullptr;

    if (EQUAL(pszValue, "AUTO"))
        dfStrategy = 50;
    else if (EQUAL(pszValue, "LOWER"))
        dfStrategy = 100;
    else if (EQUAL(pszValue, "UPPER"))
        dfStrategy = 0;
    else {
        dfStrategy = CPLStrtod(pszValue, &pszEnd);
        if (pszEnd == pszValue || *pszEnd != '\0' ||
            !(dfStrategy >= 0 && dfStrategy <= 100))
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "ZOOM_LEVEL_STRATEGY=%s is unknown: write "
                                "AUTO, LOWER, UPPER or a number from 0 to 100",
                                pszValue);
    }
    return RT_OK;
}

rt_status RetileSetOverviewOption(RetileOverviewOptions &oOptions,
                                  const char *pszName, const char *pszValue,
                                  rt_error *err)
{
    if (EQUAL(pszName, "OVERVIEWS"))
        return SetOverviews(oOptions.eOverviews, pszValue, err);
    if (EQUAL(pszName, "ZOOM_LEVEL_STRATEGY"))
        return SetStrategy(oOptions.dfStrategy, pszValue, err);
    if (!RetileReduceMethod(pszValue, &oOptions.eMethod))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "OVERVIEW_RESAMPLING=%s is unknown: write NEAREST, "
                            "AVERAGE, RMS, MODE, GAUSS, BILINEAR, CUBIC, "
                            "CUBICSPLINE or LANCZOS",
                            pszValue);
    oOptions.bHasMethod = true;
    return RT_OK;
}

int RetileChooseLevel(double dfStrategy, double dfFactor,
                      const double *pdfFactors, int nLevels)
{
    /* Sizes are rounded, so a level's own factor is rarely met exactly. */
    constexpr double NEARLY = 1e-3;

    for (int i = 0; i + 1 < nLevels; i++) {
        const double dfWay = pdfFactors[i + 1] - pdfFactors[i];
        const double dfPassed = (dfFactor - pdfFactors[i]) / dfWay;
        if (dfPassed <= NEARLY ||
            (dfPassed < dfStrategy / 100 && dfPassed < 1 - NEARLY))
            return i;
    }
    return nLevels - 1;
}
