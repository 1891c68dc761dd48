/* cog_rig.h - COGs of GDAL's COG driver, and the same COGs made by this
 * driver's header and writer from their tiles. */
#ifndef RETILE_AUTOTEST_COG_RIG_H
#define RETILE_AUTOTEST_COG_RIG_H

#include <memory>
#include <string>
#include <vector>

#include "cpl_string.h"
#include "gdal/header/cog.h"
#include "io/output/cog_file.h"

struct DestroyCogFile {
    void operator()(rt_cog_file *file) const { rt_cog_file_destroy(file); }
};
using CogFile = std::unique_ptr<rt_cog_file, DestroyCogFile>;

/* A COG of this driver that is made from the tiles of another COG. */
struct Cog {
    std::string osFolder{}; /* of the temporary file */
    std::string osPath{};
    CPLStringList aosOptions{}, aosOverviewOptions{}; /* GTiff's words */
    uint64_t nSpillMax = UINT64_C(1) << 30;
    RetileShownLevels oShown{};
    RetileCogHeader oHeader{};
    CogFile poFile{};
    rt_error err = {};
};

/* Shows the levels of osReference, a mask if it has one, and the resampling of
 * its overviews, which GDAL 3.12 and later write into the file. */
void ShowAs(Cog &oCog, const std::string &osReference);

/* Writes oCog.osPath, the header skeleton for poSrcDS. */
rt_status WriteSkeleton(Cog &oCog, GDALDataset *poSrcDS);

/* Creates poFile with the skeleton's shape. */
rt_status CreateFile(Cog &oCog);

/* Puts the tiles of a directory of osReference. */
rt_status PutDirectory(rt_cog_file *file, const std::string &osReference,
                       int nDirectory, rt_error *err);

/* Puts all tiles of osReference, with the directories out of order. */
rt_status PutTiles(Cog &oCog, const std::string &osReference);

/* Does all of the above, and finishes the file. */
rt_status Refill(Cog &oCog, GDALDataset *poSrcDS,
                 const std::string &osReference);

#endif
