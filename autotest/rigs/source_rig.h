/* source_rig.h - the pixels of a dataset as a copy reads them. */
#ifndef RETILE_AUTOTEST_SOURCE_RIG_H
#define RETILE_AUTOTEST_SOURCE_RIG_H

#include <string>

#include "helper.h"

#include "io/copy_source/copy_source.h"

/* Keeps the source open while it exists. */
class OpenSource
{
  public:
    OpenSource(GDALDataset *poDS, GDALDataType eTypeIn, int nSlots,
               const char *pszName = nullptr)
        : eType(eTypeIn)
    {
        rt_error oError{};
        rt_copy_request oRequest{};

        oRequest.dataset = GDALDataset::ToHandle(poDS);
        oRequest.name = pszName;
        oRequest.open_options = poDS->GetOpenOptions();
        oRequest.type = eType;
        oRequest.n_slots = nSlots;
        EXPECT_EQ(rt_copy_source_open(&oRequest, &po, &oError), RT_OK)
            << oError.text;
    }
    ~OpenSource() { rt_copy_source_close(po); }
    OpenSource(const OpenSource &) = delete;
    OpenSource &operator=(const OpenSource &) = delete;

    const rt_copy_layer &Layer(bool bMasks = false) const
    {
        return *rt_copy_source_layer(po, bMasks);
    }
    std::string How() const { return rt_copy_source_how(po); }

    rt_copy_source *po = nullptr;
    const GDALDataType eType;
};

#endif
