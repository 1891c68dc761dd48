/* input.h - what a copy decodes: the dataset that it is given, opened
 * again for its threads, or what lies under that.
 */
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
#include "io/source/copy_source.h"

struct RetileCloseSource {
    void operator()(rt_copy_source *source) const
    {
        rt_copy_source_close(source);
    }
};
using RetileSourcePtr = std::unique_ptr<rt_copy_source, RetileCloseSource>;

struct RetileCloseFormat {
    void operator()(rt_tile_format *format) const
    {
        rt_tile_format_close(format);
    }
};
using RetileFormatPtr = std::unique_ptr<rt_tile_format, RetileCloseFormat>;

/* How tiles of oImage are encoded, whose frame is there. papszOptions: of the
 * bands, in GTiff's words; masks have none but that about holes. The errors of
 * rt_tile_format_open. */
RT_MUST_CHECK rt_status RetileOpenFormat(const RetileImage &oImage,
                                         GDALDataset *poSrcDS,
                                         CSLConstList papszOptions,
                                         RetileFormatPtr &poFormat,
                                         rt_error *err);

/* What GDAL would copy into, where a copy of ours makes tiles of a format.
 * bByTiles: as the COG driver does. */
rt_gdal_target RetileTargetOf(const rt_tile_format *poFormat,
                              GDALDataType eType, bool bByTiles);

class RetileSharedView;

class RetileCopyInput
{
  public:
    RetileCopyInput() = default;

    /* poSrcDS and oOptions are borrowed. oTarget: what GDAL would copy into;
     * pixels are delivered in its type. nOverview: an overview of poSrcDS's,
     * from 0, in place of it; -1: none. The errors of rt_copy_source_open;
     * RT_ERR_SOURCE where poSrcDS is a view whose source has changed. */
    RT_MUST_CHECK rt_status Open(GDALDataset *poSrcDS,
                                 const RetileCopyOptions &oOptions,
                                 const rt_gdal_target &oTarget, int nOverview,
                                 rt_error *err);

    /* When all is copied: RT_ERR_SOURCE where a view's source has changed
     * meanwhile. */
    RT_MUST_CHECK rt_status Finish(rt_error *err);

    /* Says what oCopy decodes, on how many threads and in what memory; its
     * planes and its format are there. Where the source shows an operator's
     * result, and the copy is of all of its bands, that is what the operator
     * looks at. */
    void Describe(rt_image_copy &oCopy) const;

    /* Makes the caches of views under a VRT small enough for oCopy to fit the
     * budget, if they can be. RT_ERR_ARGUMENT where it does not fit, and what
     * would do then. */
    RT_MUST_CHECK rt_status Fit(rt_image_copy &oCopy, uint64_t &nLeastBytes,
                                rt_error *err) const;

  private:
    const RetileSharedView *ShownView() const;
    rt_status CheckView(rt_error *err) const;
    rt_status OpenSource(const rt_gdal_target &oTarget, rt_error *err);
    bool OpenOverviewByName(int nOverview, RetileOverviewDataset &oOverview,
                            CPLStringList &aosOptions);
    rt_status OpenOverview(const rt_gdal_target &oTarget, int nOverview,
                           rt_error *err);
    rt_status OpenOperatorsInput(rt_error *err);

    GDALDataset *m_poSrcDS = nullptr;
    const RetileCopyOptions *m_poOptions = nullptr;
    std::unique_ptr<RetileCopyViews> m_poViews{}; /* outlives m_poSource */
    GDALDatasetUniquePtr m_poOverviewDS{};        /* outlives m_poSource */
    RetileSourcePtr m_poSource{};
    /* Where the source shows an operator's result: what that looks at, to be
     * decoded in place of it. nullptr where it is read as it is. */
    GDALDatasetUniquePtr m_poInputDS{}; /* outlives m_poInput */
    RetileSourcePtr m_poInput{};
    const rt_focal *m_poFocal = nullptr;

    CPL_DISALLOW_COPY_ASSIGN(RetileCopyInput)
};

#endif
