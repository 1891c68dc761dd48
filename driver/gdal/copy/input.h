/* input.h - what a copy decodes: the given dataset, opened again for its
 * threads, or the dataset under it. */
#ifndef RETILE_GDAL_COPY_INPUT_H
#define RETILE_GDAL_COPY_INPUT_H

#include <memory>

#include "core/source/focal.h"
#include "gdal/copy/creation_options.h"
#include "gdal/copy/overview_dataset.h"
#include "gdal/copy/views.h"
#include "gdal/header/geotiff.h"
#include "gdal_priv.h"
#include "io/copy/image.h"
#include "io/copy/raw_tile_copy.h"
#include "io/copy_source/copy_source.h"

struct RetileCloseSource {
    void operator()(rt_copy_source *source) const
    {
        rt_copy_source_close(source);
    }
};
using RetileSourcePtr = std::unique_ptr<rt_copy_source, RetileCloseSource>;

struct RetileCloseRawCopy {
    void operator()(rt_raw_tile_copy *raw) const
    {
        rt_raw_tile_copy_close(raw);
    }
};
using RetileRawCopyPtr = std::unique_ptr<rt_raw_tile_copy, RetileCloseRawCopy>;

struct RetileCloseFormat {
    void operator()(rt_tile_format *format) const
    {
        rt_tile_format_close(format);
    }
};
using RetileFormatPtr = std::unique_ptr<rt_tile_format, RetileCloseFormat>;

/* How the tiles of oImage are encoded. Its header exists. papszOptions are
 * those of the bands, in GTiff's words; of these, masks use only SPARSE_OK.
 * Errors of rt_tile_format_open. */
RT_MUST_CHECK rt_status RetileOpenFormat(const RetileImage &oImage,
                                         GDALDataset *poSrcDS,
                                         CSLConstList papszOptions,
                                         RetileFormatPtr &poFormat,
                                         rt_error *err);

/* Describes the file that GDAL would copy into, for a copy to tiles of a
 * format. bByTiles: GDAL would copy by tiles, as its COG driver does. */
rt_gdal_target RetileTargetOf(const rt_tile_format *poFormat,
                              GDALDataType eType, bool bByTiles);

class RetileSharedView;

class RetileCopyInput
{
  public:
    RetileCopyInput() = default;

    /* poSrcDS and oOptions are borrowed. oTarget describes the file that GDAL
     * would copy into; pixels are delivered in its type. nOverview is an
     * overview of poSrcDS, from 0, to be copied instead of it; -1 means none.
     * Errors of rt_copy_source_open; RT_ERR_SOURCE if poSrcDS is a view whose
     * source has changed. */
    RT_MUST_CHECK rt_status Open(GDALDataset *poSrcDS,
                                 const RetileCopyOptions &oOptions,
                                 const rt_gdal_target &oTarget, int nOverview,
                                 rt_error *err);

    /* Call this when everything is copied. RT_ERR_SOURCE if a view's source has
     * changed during the copy. */
    RT_MUST_CHECK rt_status Finish(rt_error *err);

    /* Fills in what oCopy decodes, on how many threads and with how much
     * memory. Its planes and its format must be set. If the source shows an
     * operator's result and oCopy has all of its bands, oCopy decodes the
     * operator's input. */
    void Describe(rt_image_copy &oCopy) const;

    /* Shrinks the caches of views under a VRT until oCopy fits the budget.
     * RT_ERR_ARGUMENT if it does not fit even then; the message says what would
     * fit. */
    RT_MUST_CHECK rt_status Fit(rt_image_copy &oCopy, uint64_t &nLeastBytes,
                                rt_error *err) const;

  private:
    const RetileSharedView *ShownView() const;
    rt_status CheckView(rt_error *err) const;
    rt_status OpenSource(const rt_gdal_target &oTarget, rt_error *err);
    bool OpenOverviewsFile(int nOverview, RetileOverviewDataset &oOverview,
                           CPLStringList &aosOptions);
    bool OpenOverviewByName(int nOverview, RetileOverviewDataset &oOverview,
                            CPLStringList &aosOptions);
    rt_status OpenOverview(const rt_gdal_target &oTarget, int nOverview,
                           rt_error *err);
    rt_status OpenOperatorsInput(rt_error *err);
    void UseRest(rt_image_copy &oCopy) const;

    GDALDataset *m_poSrcDS = nullptr;
    const RetileCopyOptions *m_poOptions = nullptr;
    std::unique_ptr<RetileCopyViews> m_poViews{}; /* outlives m_poSource */
    GDALDatasetUniquePtr m_poOverviewDS{};        /* outlives m_poSource */
    RetileSourcePtr m_poSource{};
    /* If the source shows an operator's result: the operator's input, which is
     * decoded instead. nullptr if the result itself is read. */
    GDALDatasetUniquePtr m_poInputDS{}; /* outlives m_poInput */
    RetileSourcePtr m_poInput{};
    const rt_focal *m_poFocal = nullptr;

    CPL_DISALLOW_COPY_ASSIGN(RetileCopyInput)
};

#endif
