/* test_boundaries.cpp - functions that GDAL calls return whatever fails inside:
 * no exception leaves the driver. Also what such a call may leave behind. */
#include <cstdlib>
#include <functional>
#include <new>
#include <thread>

#include "gdal/view/dataset.h"
#include "gdal/view/level_choice.h"
#include "gdal/view/metadata.h"
#include "helper.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifndef SANITIZED

extern "C" char __executable_start, etext;

/* The allocations in this program's own code (with the driver's) that may still
 * succeed on this thread; below 0 means all. GDAL's own allocations always
 * succeed, because not all of GDAL survives a failure. */
static thread_local long nLeft = -1;

static void *Allocate(size_t nBytes, const void *pCaller)
{
    const auto *pabyCaller = static_cast<const char *>(pCaller);

    if (nLeft >= 0 && pabyCaller >= &__executable_start &&
        pabyCaller < &etext && nLeft-- == 0)
        throw std::bad_alloc();
    if (void *pBytes = std::malloc(nBytes > 0 ? nBytes : 1))
        return pBytes;
    throw std::bad_alloc();
}

void *operator new(size_t nBytes)
{
    return Allocate(nBytes, __builtin_return_address(0));
}

void *operator new[](size_t nBytes)
{
    return Allocate(nBytes, __builtin_return_address(0));
}

void operator delete(void *pBytes) noexcept
{
    std::free(pBytes);
}

void operator delete[](void *pBytes) noexcept
{
    std::free(pBytes);
}

void operator delete(void *pBytes, size_t) noexcept
{
    std::free(pBytes);
}

void operator delete[](void *pBytes, size_t) noexcept
{
    std::free(pBytes);
}

/* Calls f with its first, second, ... allocation failing, until no allocation
 * fails. Returns how many did. */
static int FailEach(const char *pszWhat, const std::function<void()> &f)
{
    int nFailed = 0;

    for (; nFailed < 5000; nFailed++) {
        const CPLErrorHandlerPusher oQuiet(CPLQuietErrorHandler);
        nLeft = nFailed;
        try {
            f();
        } catch (...) {
            nLeft = -1;
            ADD_FAILURE() << pszWhat << ": an exception left, at allocation "
                          << nFailed;
            return nFailed;
        }
        const bool bAllThere = nLeft >= 0;
        nLeft = -1;
        if (bAllThere)
            return nFailed;
    }
    return nFailed;
}

static std::string MakeScene()
{
    const std::string osPath = NewFolder() + "/scene.tif";
    int anFactors[] = {2, 4};
    auto poDS = MakeTiff(osPath, {300, 200, 3});

    poDS->GetRasterBand(1)->SetNoDataValue(7);
    EXPECT_EQ(poDS->BuildOverviews("NEAREST", 2, anFactors, 0, nullptr,
                                   GDALDummyProgress, nullptr),
              CE_None);
    return osPath;
}

TEST(Boundaries, NoExceptionLeavesOpen)
{
    const std::string osScene = MakeScene();

    for (
        const std::string &osName :
        {"RETILE:" + osScene,
         R"({"type": "RETILE", "version": 1, "source": ")" + osScene +
             R"(", "options": {"OVERVIEWS": "VIRTUAL", "PAD_EDGES": true}})"}) {
        bool bOpened = false;
        const int nFailed = FailEach(osName.c_str(), [&] {
            const GDALDatasetH hView = GDALOpenEx(
                osName.c_str(), GDAL_OF_RASTER, nullptr, nullptr, nullptr);
            bOpened = hView != nullptr;
            GDALClose(hView);
        });

        EXPECT_GT(nFailed, 5);
        EXPECT_TRUE(bOpened)
            << "if nothing fails, after " << nFailed << " opens with a failure";
    }
}

TEST(Boundaries, NoExceptionLeavesADataset)
{
    const std::string osScene = MakeScene();
    auto poDS = Open("RETILE:" + osScene, {"OVERVIEWS=VIRTUAL"});
    GDALRasterBand *poBand = poDS->GetRasterBand(1);
    std::vector<GByte> abyPixels(3 * 300 * 200);
    double adfTransform[6] = {};
    int nFailed = 0;
    const auto Read = [&](GDALRasterBand *poOf, int nWidth) {
        CPL_IGNORE_RET_VAL(poOf->RasterIO(GF_Read, 0, 0, poOf->GetXSize(),
                                          poOf->GetYSize(), abyPixels.data(),
                                          nWidth, 40, GDT_Byte, 0, 0, nullptr));
    };
    const std::pair<const char *, std::function<void()>> aoCalls[] = {
        {"metadata",
         [&] {
             poDS->GetMetadata();
             poDS->GetMetadata("RETILE");
             poDS->GetMetadata("RETILE_STATS");
             poDS->GetMetadataItem("SOURCE", "RETILE");
             poDS->GetMetadataItem("AREA_OR_POINT");
             CSLDestroy(poDS->GetMetadataDomainList());
             CSLDestroy(poDS->GetFileList());
         }},
        {"metadata of a band",
         [&] {
             poBand->GetMetadata();
             poBand->GetMetadataItem("Pixel_1_1", "LocationInfo");
             CSLDestroy(poBand->GetMetadataDomainList());
             poBand->GetDescription();
             poBand->GetNoDataValue();
             poBand->GetOffset();
             poBand->GetMaskBand()->GetMetadata();
         }},
        {"georeferencing",
         [&] {
             poDS->GetGeoTransform(adfTransform);
             poDS->GetSpatialRef();
             poDS->GetGCPs();
             poBand->GetOverview(0)->GetDataset()->GetGeoTransform(
                 adfTransform);
         }},
        {"a reduced read", [&] { Read(poBand, 60); }},
        {"a read of an overview", [&] { Read(poBand->GetOverview(0), 50); }},
        {"a read of a mask", [&] { Read(poBand->GetMaskBand(), 70); }},
        {"a read of all bands",
         [&] {
             CPL_IGNORE_RET_VAL(
                 poDS->RasterIO(GF_Read, 0, 0, 300, 200, abyPixels.data(), 70,
                                40, GDT_Byte, 3, nullptr, 0, 0, 0, nullptr));
         }},
        {"statistics", [&] {
             double adfRange[2] = {};
             CPL_IGNORE_RET_VAL(poBand->ComputeRasterMinMax(TRUE, adfRange));
         }}};

    for (const auto &oCall : aoCalls)
        nFailed += FailEach(oCall.first, oCall.second);
    EXPECT_GT(nFailed, 50);
    auto poPlain = Open(osScene);
    auto poAfter = Open("RETILE:" + osScene);
    std::vector<GByte> abyExpected(abyPixels.size());
    const std::pair<GDALDataset *, std::vector<GByte> *> aoReads[] = {
        {poPlain.get(), &abyExpected}, {poAfter.get(), &abyPixels}};
    for (const auto &oRead : aoReads)
        EXPECT_EQ(oRead.first->RasterIO(GF_Read, 0, 0, 300, 200,
                                        oRead.second->data(), 300, 200,
                                        GDT_Byte, 3, nullptr, 0, 0, 0, nullptr),
                  CE_None);
    EXPECT_EQ(abyPixels, abyExpected) << "after all that failed";
}

#endif

/* The number of bands of a dataset for one request. */
static int CountBands(RetileDataset &oDataset)
{
    int nThere = 0;

    for (int i = 1; i <= oDataset.GetRasterCount(); i++)
        nThere += oDataset.GetRasterBand(i) != nullptr;
    return nThere;
}

TEST(Boundaries, ARequestOfOneBandMakesNoDatasetOfThousands)
{
    const std::string osPath = NewFolder() + "/many.tif";
    const int nManyBands = IsShort() ? 6000 : 65535;
    auto poMade = GDALDatasetUniquePtr(
        GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
            osPath.c_str(), 4, 3, nManyBands, GDT_Byte,
            ToList({"INTERLEAVE=PIXEL", "SPARSE_OK=YES"}).List()));
    poMade->GetRasterBand(1)->SetNoDataValue(7);
    poMade.reset();

    auto poDS = Open("RETILE:" + osPath);
    auto *poView = dynamic_cast<RetileDataset *>(poDS.get());
    ASSERT_NE(poView, nullptr);
    RetileRequest oRequest = {0, 0, 4, 3, 2, 2, {}};
    INIT_RASTERIO_EXTRA_ARG(oRequest.sExtraArg);
    for (const int iBand : {1, 2, nManyBands / 2, nManyBands}) {
        const auto LookAt = [&](RetileDataset &oFor, RetileRequest &) {
            EXPECT_EQ(oFor.GetRasterCount(), nManyBands);
            EXPECT_LE(CountBands(oFor), 3);
            EXPECT_NE(oFor.GetRasterBand(iBand), nullptr);
            return CE_Failure;
        };
        EXPECT_EQ(RetileReadResampled(*poView, 0, {iBand}, oRequest,
                                      {nullptr, nullptr, LookAt}),
                  CE_Failure);
    }
    GByte abyMask[12] = {};
    for (const int iBand : {1, 2, nManyBands / 2, nManyBands})
        for (int nRepeat = 0; nRepeat < 20; nRepeat++) {
            GDALRasterBand *poMask = poDS->GetRasterBand(iBand)->GetMaskBand();
            ASSERT_EQ(poMask->RasterIO(GF_Read, 0, 0, 4, 3, abyMask, 4, 3,
                                       GDT_Byte, 0, 0, nullptr),
                      CE_None);
        }
}

TEST(Boundaries, AMillionItemsAreNotKept)
{
    RetileListKeeper oKeeper;

    for (int i = 0; i < 5000; i++) {
        const std::string osText = "text " + std::to_string(i);
        const char *pszKept =
            oKeeper.KeepText(std::to_string(i), osText.c_str());
        EXPECT_STREQ(pszKept, osText.c_str());
    }
    EXPECT_EQ(oKeeper.Count(), RetileListKeeper::MOST);
}

TEST(Boundaries, WhatWasAskedForLastStaysValid)
{
    RetileListKeeper oKeeper;
    const char *pszOften = nullptr;

    for (int i = 0; i < 5000; i++) {
        if (i % 100 == 0)
            pszOften = oKeeper.KeepText("often", "as it was");
        oKeeper.KeepText(std::to_string(i), "other");
        EXPECT_STREQ(pszOften, "as it was");
    }
}

TEST(Boundaries, ThreadsThatHaveEndedKeepNothing)
{
    RetileListKeeper oKeeper;

    for (int i = 0; i < 500; i++)
        std::thread([&] { oKeeper.KeepText("key", "text"); }).join();
    EXPECT_LE(oKeeper.Count(), size_t{65});
}
