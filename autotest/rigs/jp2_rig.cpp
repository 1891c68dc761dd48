/* jp2_rig.cpp - see jp2_rig.h. */
#include "jp2_rig.h"

#include <algorithm>
#include <cmath>
#include <cstring>

static opj_image_t *MakeImage(const Codestream &oMake)
{
    std::vector<opj_image_cmptparm_t> aoParts(
        static_cast<size_t>(oMake.nComponents));

    for (size_t i = 0; i < aoParts.size(); i++) {
        const unsigned nStep = oMake.bHalves && (i == 1 || i == 2) ? 2 : 1;
        aoParts[i].dx = aoParts[i].dy = nStep;
        aoParts[i].w =
            (static_cast<unsigned>(oMake.nWidth) + nStep - 1) / nStep;
        aoParts[i].h =
            (static_cast<unsigned>(oMake.nHeight) + nStep - 1) / nStep;
        aoParts[i].prec = static_cast<unsigned>(oMake.nBits);
        aoParts[i].sgnd = oMake.bSigned;
    }
    return opj_image_create(static_cast<unsigned>(oMake.nComponents),
                            aoParts.data(), OPJ_CLRSPC_UNSPECIFIED);
}

/* Smooth pixels with noise in the lowest bits. No decoder could get them right
 * by chance. */
static void Paint(opj_image_t *poImage, const Codestream &oMake)
{
    std::mt19937 oRandom(static_cast<unsigned>(oMake.nBits));
    const double dfMost = std::ldexp(1.0, oMake.nBits) - 1;

    for (unsigned i = 0; i < poImage->numcomps; i++) {
        opj_image_comp_t &oComp = poImage->comps[i];
        for (unsigned y = 0; y < oComp.h; y++)
            for (unsigned x = 0; x < oComp.w; x++) {
                const double dfShare =
                    0.5 + 0.4 * std::sin(x / (31.0 + i)) * std::cos(y / 43.0) +
                    (static_cast<double>(oRandom() % 1000) - 500) / 6000;
                const int nValue = static_cast<int>(dfShare * dfMost + 0.5);
                oComp.data[static_cast<size_t>(y) * oComp.w + x] =
                    nValue - (oMake.bSigned ? 1 << (oMake.nBits - 1) : 0);
            }
    }
}

static void SetParameters(const Codestream &oMake, opj_cparameters_t &oParams)
{
    opj_set_default_encoder_parameters(&oParams);
    oParams.tcp_numlayers = oMake.nLayers;
    for (int i = 0; i < oMake.nLayers; i++)
        oParams.tcp_rates[i] = i + 1 < oMake.nLayers
                                   ? static_cast<float>(8 * (oMake.nLayers - i))
                               : oMake.bIrreversible ? 4.0f
                                                     : 0.0f;
    oParams.cp_disto_alloc = 1;
    oParams.irreversible = oMake.bIrreversible;
    oParams.numresolution = oMake.nResolutions;
    oParams.cblockw_init = oParams.cblockh_init = oMake.nCodeBlock;
    oParams.prog_order = oMake.eOrder;
    oParams.mode = oMake.nMode;
    oParams.csty |= oMake.nMarkers;
    oParams.tcp_mct = oMake.nComponents >= 3 && !oMake.bHalves;
    oParams.image_offset_x0 = oMake.nX0;
    oParams.image_offset_y0 = oMake.nY0;
    if (oMake.nTileWidth > 0) {
        oParams.tile_size_on = OPJ_TRUE;
        oParams.cp_tx0 = oMake.nTilesX0;
        oParams.cp_ty0 = oMake.nTilesY0;
        oParams.cp_tdx = oMake.nTileWidth;
        oParams.cp_tdy = oMake.nTileHeight;
    }
    if (oMake.nPrecinct > 0) {
        oParams.csty |= 1;
        oParams.res_spec = 1;
        oParams.prcw_init[0] = oParams.prch_init[0] = oMake.nPrecinct;
    }
    oParams.tp_on = oMake.chTileParts != 0;
    oParams.tp_flag = oMake.chTileParts;
}

bool WriteCodestream(const std::string &osPath, const Codestream &oMake)
{
    const char *const apszTlm[] = {"TLM=YES", nullptr};
    opj_cparameters_t oParams;
    opj_image_t *poImage = MakeImage(oMake);
    opj_codec_t *poCodec =
        opj_create_compress(oMake.bBoxes ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *poStream =
        opj_stream_create_default_file_stream(osPath.c_str(), OPJ_FALSE);

    SetParameters(oMake, oParams);
    poImage->x0 = static_cast<unsigned>(oMake.nX0);
    poImage->y0 = static_cast<unsigned>(oMake.nY0);
    poImage->x1 = poImage->x0 + static_cast<unsigned>(oMake.nWidth);
    poImage->y1 = poImage->y0 + static_cast<unsigned>(oMake.nHeight);
    Paint(poImage, oMake);
    const bool bGood =
        opj_setup_encoder(poCodec, &oParams, poImage) &&
        (!oMake.bTlm || opj_encoder_set_extra_options(poCodec, apszTlm)) &&
        opj_start_compress(poCodec, poImage, poStream) &&
        opj_encode(poCodec, poStream) && opj_end_compress(poCodec, poStream);
    opj_stream_destroy(poStream);
    opj_destroy_codec(poCodec);
    opj_image_destroy(poImage);
    return bGood;
}

std::vector<GByte> ReadFile(const std::string &osPath)
{
    GByte *pabyData = nullptr;
    vsi_l_offset nSize = 0;

    EXPECT_TRUE(
        VSIIngestFile(nullptr, osPath.c_str(), &pabyData, &nSize, 1 << 28));
    std::vector<GByte> abyFile(pabyData, pabyData + nSize);
    CPLFree(pabyData);
    return abyFile;
}

void WriteFile(const std::string &osPath, const std::vector<GByte> &abyFile)
{
    VSILFILE *fp = VSIFOpenL(osPath.c_str(), "wb");

    ASSERT_NE(fp, nullptr);
    EXPECT_EQ(VSIFWriteL(abyFile.data(), 1, abyFile.size(), fp),
              abyFile.size());
    VSIFCloseL(fp);
}

std::vector<size_t> FindTileParts(const std::vector<GByte> &abyFile)
{
    const GByte abySot[] = {0xFF, 0x90, 0, 10};
    std::vector<size_t> anAt;
    auto it = abyFile.begin();

    while ((it = std::search(it, abyFile.end(), std::begin(abySot),
                             std::end(abySot))) != abyFile.end())
        anAt.push_back(static_cast<size_t>(it++ - abyFile.begin()));
    return anAt;
}

/* The pixels of a window of a whole level. */
static std::vector<GByte> Cut(const std::vector<GByte> &abyWhole, int nWidth,
                              size_t nPixel, int nX, int nY, int nW, int nH)
{
    const size_t nRow = static_cast<size_t>(nW) * nPixel;
    std::vector<GByte> abyCut;

    for (int y = nY; y < nY + nH; y++) {
        const size_t nFirst =
            static_cast<size_t>(y) * static_cast<size_t>(nWidth) +
            static_cast<size_t>(nX);
        const GByte *pabyRow = abyWhole.data() + nFirst * nPixel;
        abyCut.insert(abyCut.end(), pabyRow, pabyRow + nRow);
    }
    return abyCut;
}

static void ExpectSameBand(GDALRasterBand *poPlain, GDALRasterBand *poView,
                           std::mt19937 &oRandom)
{
    const int nWidth = poPlain->GetXSize(), nHeight = poPlain->GetYSize();
    const auto nPixel = static_cast<size_t>(
        GDALGetDataTypeSizeBytes(poPlain->GetRasterDataType()));
    const auto Random = [&](int nBelow) {
        return static_cast<int>(oRandom() % static_cast<unsigned>(nBelow));
    };
    const std::vector<GByte> abyPlain = ReadBand(poPlain);

    ASSERT_EQ(poView->GetXSize(), nWidth);
    ASSERT_EQ(poView->GetYSize(), nHeight);
    for (int i = 0; i < 6; i++) {
        const int nX = Random(nWidth), nY = Random(nHeight);
        const int nW = 1 + Random(nWidth - nX), nH = 1 + Random(nHeight - nY);

        ASSERT_EQ(ReadBand(poView, nX, nY, nW, nH),
                  Cut(abyPlain, nWidth, nPixel, nX, nY, nW, nH))
            << nX << ' ' << nY << ' ' << nW << ' ' << nH;
    }
    EXPECT_EQ(ReadBand(poView), abyPlain);
}

void ExpectSameLevels(const std::string &osPath, const char *pszDecoder)
{
    const auto poPlain = Open(osPath);
    const auto poView =
        Open("RETILE:" + osPath, {"CACHE=PRIVATE", "CACHE_MAX=4MB"});
    std::mt19937 oRandom(7);

    ASSERT_NE(poPlain, nullptr);
    ASSERT_NE(poView, nullptr);
    EXPECT_EQ(Item(poView.get(), "SOURCE_DECODER", "RETILE"), pszDecoder);
    for (int i = 1; i <= poPlain->GetRasterCount(); i++) {
        GDALRasterBand *poBand = poPlain->GetRasterBand(i);
        GDALRasterBand *poShown = poView->GetRasterBand(i);

        ASSERT_EQ(poShown->GetOverviewCount(), poBand->GetOverviewCount());
        ExpectSameBand(poBand, poShown, oRandom);
        for (int j = 0; j < poBand->GetOverviewCount(); j++)
            ExpectSameBand(poBand->GetOverview(j), poShown->GetOverview(j),
                           oRandom);
    }
}
