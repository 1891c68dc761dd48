/* transformer.h - GDAL's transformer between rasters, destroyed with its
 * holder. */
#ifndef RETILE_GDAL_COG_TRANSFORMER_H
#define RETILE_GDAL_COG_TRANSFORMER_H

#include <memory>

#include "gdal_alg.h"

struct RetileDestroyTransformer {
    void operator()(void *pTransformer) const
    {
        GDALDestroyGenImgProjTransformer(pTransformer);
    }
};

/* Created by GDALCreateGenImgProjTransformer2. */
using RetileTransformer = std::unique_ptr<void, RetileDestroyTransformer>;

#endif
