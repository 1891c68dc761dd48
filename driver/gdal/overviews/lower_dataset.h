/* lower_dataset.h - pixels of a window of a level in memory, as a raster of the
 * level's full size. GDAL then sees the right ratio and edges. */
#ifndef RETILE_GDAL_OVERVIEWS_LOWER_DATASET_H
#define RETILE_GDAL_OVERVIEWS_LOWER_DATASET_H

#include "gdal/overviews/reduce_pieces.h"
#include "gdal/overviews/reduce_shape.h"

class RetileLowerDataset final : public GDALDataset
{
  public:
    /* Both are borrowed. */
    RetileLowerDataset(const RetileReduceShape &oShape,
                       const RetileReducePixels &oPixels);

    /* Computes a piece of plane nPlane, with its unwanted pixels, into a buffer
     * without gaps. oLooksAt is the window that the wanted pixels depend on. */
    CPLErr Reduce(int nPlane, const RetileReducePiece &oX,
                  const RetileReducePiece &oY, const rt_window &oLooksAt,
                  void *pTo);

    /* Whether GDAL sees masks on the planes. */
    bool HasMasks() const { return m_bMasked; }

  private:
    friend class RetileLowerBand;
    friend class RetileLowerMask;

    const RetileReduceShape &m_oShape;
    const RetileReducePixels &m_oPixels;
    rt_window m_oLooksAt{};
    bool m_bMasked = false;

    CPL_DISALLOW_COPY_ASSIGN(RetileLowerDataset)
};

#endif
