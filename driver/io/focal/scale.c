/* scale.c - see scale.h. */
#include "io/focal/scale.h"

#include <math.h>
#include <stdbool.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/gdal_versions.h"
#include "ogr_srs_api.h"

/* Metres in the unit of heights; 1 if the unit is not known. */
static double height_unit(GDALRasterBandH band)
{
    static const char *const feet[] = {"ft", "foot", "foot (International)",
                                       "feet"};
    static const char *const survey_feet[] = {"us-ft", "Foot_US",
                                              "US survey foot"};
    const char *unit = GDALGetRasterUnitType(band);

    for (size_t i = 0; i < sizeof(feet) / sizeof(feet[0]); i++)
        if (EQUAL(unit, feet[i]))
            return CPLAtof(SRS_UL_FOOT_CONV);
    for (size_t i = 0; i < sizeof(survey_feet) / sizeof(survey_feet[0]); i++)
        if (EQUAL(unit, survey_feet[i]))
            return CPLAtof(SRS_UL_US_FOOT_CONV);
    return 1.0;
}

/* Computes the scales along x and y with gdaldem's order of operations, because
 * they must agree to the last bit. */
static void find_scale(GDALDatasetH dataset, GDALRasterBandH band, double *x,
                       double *y)
{
    OGRSpatialReferenceH srs = GDALGetSpatialRef(dataset);
    const double unit = height_unit(band);
    double transform[6];

    *x = *y = 1.0;
    if (srs != NULL && OSRIsGeographic(srs)) {
        if (GDALGetGeoTransform(dataset, transform) == CE_None) {
            const double angle = OSRGetAngularUnits(srs, NULL);
            const double latitude =
                (transform[3] +
                 GDALGetRasterYSize(dataset) * transform[5] / 2) *
                angle;

            *y = angle * OSRGetSemiMajor(srs, NULL) / unit;
            *x = *y * cos(latitude);
        }
    } else if (srs != NULL && OSRIsProjected(srs)) {
        *x = *y = OSRGetLinearUnits(srs, NULL) / unit;
    }
}

/* Whether gdaldem would warp the raster first. */
static bool is_warped(const struct rt_focal_words *words, GDALDatasetH dataset)
{
    double transform[6];
    bool turned;

    if (rt_focal_words_is_relief(words) || EQUAL(words->mode, "roughness") ||
        GDALGetGeoTransform(dataset, transform) != CE_None)
        return false;
    turned = transform[2] != 0.0 || transform[4] != 0.0;
    return turned ||
           (!rt_focal_words_is_scaled_mode(words) && transform[5] > 0.0);
}

enum rt_status rt_focal_scale(const struct rt_focal_words *words,
                              GDALDatasetH dataset, GDALRasterBandH band,
                              char ***options, struct rt_error *err)
{
    double x, y;

    *options = NULL;
    if (!RT_GDAL_DEM_SCALES_BY_SRS)
        return RT_OK;
    if (is_warped(words, dataset))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: gdaldem warps a raster that does not "
                            "lie north up; open the result of gdalwarp "
                            "instead",
                            words->text);
    if (words->scaled || !rt_focal_words_is_scaled_mode(words))
        return RT_OK;
    find_scale(dataset, band, &x, &y);
    *options = CSLAddString(*options, "-xscale");
    *options = CSLAddString(*options, CPLSPrintf("%.17g", x));
    *options = CSLAddString(*options, "-yscale");
    *options = CSLAddString(*options, CPLSPrintf("%.17g", y));
    return RT_OK;
}
