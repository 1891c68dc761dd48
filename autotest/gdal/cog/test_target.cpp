/* test_target.cpp - where a reprojected COG lies, compared with what GDAL's COG
 * driver writes. */
#include "cog_options_rig.h"
#include "io/dataset/gdal_versions.h"

static const char *const pszMercator = "TILING_SCHEME=GoogleMapsCompatible";

TEST(CogTarget, IsTheCogDriversForEveryStrategy)
{
    const auto poUtm = MakePlaced({700, 500, 3}, Utm(10.0));
    const auto poDegrees = MakePlaced({300, 200, 1}, Degrees(0.001));

    for (GDALDataset *poDS : {poUtm.get(), poDegrees.get()})
        for (const char *pszStrategy : {"AUTO", "LOWER", "UPPER"})
            ExpectSameShape(poDS,
                            {pszMercator, std::string("ZOOM_LEVEL_STRATEGY=") +
                                              pszStrategy});
}

TEST(CogTarget, IsTheCogDriversForBlockSizesAndZoomLevels)
{
    const auto poDS = MakePlaced({300, 200, 1}, Utm(10.0));

    ExpectSameShape(poDS.get(), {pszMercator, "BLOCKSIZE=512"});
    ExpectSameShape(poDS.get(), {pszMercator, "BLOCKSIZE=128"});
    ExpectSameShape(poDS.get(), {pszMercator, "ZOOM_LEVEL=12"});
    ExpectSameShape(poDS.get(), {pszMercator, "ZOOM_LEVEL=0"});
    ExpectSameShape(poDS.get(),
                    {pszMercator, "ZOOM_LEVEL=13", "BLOCKSIZE=512"});
    ExpectSameShape(poDS.get(), {"TILING_SCHEME=googlemapscompatible"});
}

TEST(CogTarget, IsTheCogDriversForAlignedLevels)
{
    const auto poDS = MakePlaced({900, 700, 1}, Utm(10.0));

    for (const char *pszLevels : {"0", "1", "2", "3", "4"})
        ExpectSameShape(
            poDS.get(),
            {pszMercator, std::string("ALIGNED_LEVELS=") + pszLevels});
    ExpectSameShape(poDS.get(),
                    {pszMercator, "ZOOM_LEVEL=2", "ALIGNED_LEVELS=9"});
}

TEST(CogTarget, IsTheCogDriversInOtherSchemes)
{
    const auto poDegrees = MakePlaced({300, 200, 1}, Degrees(0.01));
    const auto poIsland =
        MakePlaced({300, 200, 1}, {2193, {1500000, 50, 0, 5300000, 0, -50}});

    ExpectSameShape(poDegrees.get(), {"TILING_SCHEME=InspireCRS84Quad"});
    ExpectSameShape(poDegrees.get(), {"TILING_SCHEME=InspireCRS84Quad",
                                      "ALIGNED_LEVELS=3", "ZOOM_LEVEL=7"});
    /* Scales change by a half and by two fifths; north is the first axis. */
    ExpectSameShape(poIsland.get(), {"TILING_SCHEME=NZTM2000"});
    ExpectSameShape(poIsland.get(),
                    {"TILING_SCHEME=NZTM2000", "ZOOM_LEVEL_STRATEGY=LOWER"});
    for (const char *pszLevels : {"2", "3"})
        ExpectSameShape(poIsland.get(),
                        {"TILING_SCHEME=NZTM2000",
                         std::string("ALIGNED_LEVELS=") + pszLevels});
}

TEST(CogTarget, IsTheCogDriversForReferenceSystems)
{
    const auto poDS = MakePlaced({300, 200, 2}, Utm(10.0));
    const Options aosBox = {"TARGET_SRS=EPSG:3035",
                            "EXTENT=4320000,2850000,4325000,2853000"};

    ExpectSameShape(poDS.get(), {"TARGET_SRS=EPSG:4326"});
    ExpectSameShape(poDS.get(), {"TARGET_SRS=EPSG:3857"});
    ExpectSameShape(poDS.get(), aosBox);
    ExpectSameShape(poDS.get(), {aosBox[0], aosBox[1], "RES=25"});
    ExpectSameShape(poDS.get(), {aosBox[0], aosBox[1], "RES=23.7"});
    ExpectSameShape(poDS.get(), {aosBox[0], "ADD_ALPHA=NO"});
    ExpectSameShape(poDS.get(), {"TARGET_SRS=+proj=merc +datum=WGS84"});
}

TEST(CogTarget, EndsAtTheEdgeOfMercator)
{
    const auto poDS =
        MakePlaced({360, 180, 1}, {4326, {-180, 1, 0, 90, 0, -1}});

    ExpectSameShape(poDS.get(), {pszMercator});
    ExpectSameShape(poDS.get(), {"TARGET_SRS=EPSG:3857"});
}

TEST(CogTarget, OfWhatIsThereAlreadyIsTheSourceItself)
{
    const auto poDS = MakePlaced({300, 200, 1}, Utm(10.0));
    const auto poFirst = MakeCog(poDS.get(), {pszMercator});
    const Decided oOurs(poFirst.get(), {pszMercator});

    EXPECT_EQ(oOurs.eStatus, RT_OK);
    EXPECT_EQ(oOurs.oSource.poDS, poFirst.get());
    EXPECT_EQ(oOurs.oSource.poWarped, nullptr);
    EXPECT_GT(oOurs.oSource.oTarget.nZoomLevel, 0);
    ExpectSameShape(poFirst.get(), {pszMercator});
    const Decided oNothing(poDS.get(), {"RES=3", "EXTENT=1,2"});
    EXPECT_EQ(oNothing.oSource.poDS, poDS.get());
    EXPECT_EQ(oNothing.oSource.Target(), nullptr);
}

/* Both drivers refuse, with the same message. */
static void ExpectSameError(GDALDataset *poSrcDS, const Options &aosOptions)
{
    const std::string osWhat = ::testing::PrintToString(aosOptions);
    std::string osTheirs;

    {
        Errors oErrors;
        EXPECT_EQ(MakeCog(poSrcDS, aosOptions), nullptr) << osWhat;
        osTheirs = oErrors.osText;
    }
    Errors oErrors;
    const Decided oOurs(poSrcDS, aosOptions);
    EXPECT_NE(oOurs.eStatus, RT_OK) << osWhat;
    EXPECT_FALSE(oOurs.osError.empty()) << osWhat;
    EXPECT_NE(osTheirs.find(oOurs.osError), std::string::npos)
        << osWhat << " ours: " << oOurs.osError << " theirs: " << osTheirs;
    EXPECT_EQ(oErrors.nFailures, 0) << osWhat << oErrors.osText;
}

/* A scheme of two levels with other values for some keys. */
static std::string Scheme(const std::string &osSecond,
                          const std::string &osCrs = "EPSG:3857")
{
    return "TILING_SCHEME={\"type\":\"TileMatrixSetType\",\"supportedCRS\":\"" +
           osCrs +
           "\",\"tileMatrix\":[{\"scaleDenominator\":1000000,"
           "\"topLeftCorner\":[0,7000000],\"tileWidth\":256,"
           "\"tileHeight\":256,\"matrixWidth\":8,\"matrixHeight\":8},{" +
           osSecond + "}]}";
}

static std::string Second(double dfScale, double dfLeft = 0.0,
                          int nTileSize = 256, const char *pszMore = "")
{
    return CPLSPrintf("\"scaleDenominator\":%.15g,\"topLeftCorner\":[%.15g,"
                      "7000000],\"tileWidth\":%d,\"tileHeight\":%d,"
                      "\"matrixWidth\":400,\"matrixHeight\":400%s",
                      dfScale, dfLeft, nTileSize, nTileSize, pszMore);
}

TEST(CogTarget, OfASchemeInTextIsTheCogDrivers)
{
    const auto poDS = MakePlaced({300, 200, 1}, Utm(100.0));

    ExpectSameShape(poDS.get(), {Scheme(Second(500000))});
    ExpectSameShape(poDS.get(), {Scheme(Second(400000)), "ALIGNED_LEVELS=1"});
    ExpectSameShape(poDS.get(), {Scheme(Second(400000)), "ZOOM_LEVEL=1"});
    ExpectSameShape(poDS.get(),
                    {Scheme(Second(400000) + "},{" + Second(160000)),
                     "ZOOM_LEVEL=2", "ALIGNED_LEVELS=2"});
}

TEST(CogTarget, IsRefusedInTheCogDriversWords)
{
    const auto poDS = MakePlaced({60, 40, 1}, Utm(100.0));
    const std::string osEPSG = "TARGET_SRS=EPSG:3857";

    ExpectSameError(
        poDS.get(),
        {pszMercator, "ZOOM_LEVEL=" + std::to_string(RT_GDAL_MERCATOR_LEVELS)});
    ExpectSameError(poDS.get(), {pszMercator, "ZOOM_LEVEL=-1"});
    ExpectSameError(poDS.get(), {"TILING_SCHEME=nowhere"});
    ExpectSameError(poDS.get(), {osEPSG, "EXTENT=1,2,3"});
    ExpectSameError(poDS.get(), {osEPSG, "RES=3"});
    ExpectSameError(poDS.get(), {"TARGET_SRS=nonsense"});
    ExpectSameError(poDS.get(), {osEPSG, "WARP_RESAMPLING=nonsense"});
    ExpectSameError(poDS.get(), {osEPSG, "RESAMPLING=nonsense"});
    ExpectSameError(poDS.get(), {"TILING_SCHEME=NZTM2000"});
    ExpectSameError(poDS.get(), {Scheme(Second(500000, 1.0))});
    ExpectSameError(poDS.get(), {Scheme(Second(500000, 0.0, 512))});
    ExpectSameError(poDS.get(), {Scheme(Second(2000000))});
    ExpectSameError(poDS.get(), {Scheme(Second(-1))});
    ExpectSameError(poDS.get(), {Scheme(Second(500000), "nonsense")});
    ExpectSameError(
        poDS.get(),
        {Scheme(Second(500000, 0.0, 256,
                       ",\"variableMatrixWidth\":[{\"coalesce\":2}]"))});
    ExpectSameError(poDS.get(), {"TILING_SCHEME={\"type\":\"TileMatrixSetType\""
                                 ",\"supportedCRS\":\"EPSG:3857\"}"});
    ExpectSameError(poDS.get(), {"TILING_SCHEME={\"identifier\":1,"
                                 "\"boundingBox\":1,\"tileMatrix\""});
    ExpectSameError(poDS.get(),
                    {Scheme(Second(500000) + "},{" + Second(500000 / 3.3)),
                     "ZOOM_LEVEL=2", "ALIGNED_LEVELS=2"});
    ExpectSameError(poDS.get(),
                    {Scheme(Second(500000) + "},{" + Second(500000 / 60.0)),
                     "ZOOM_LEVEL=2", "ALIGNED_LEVELS=2"});
}

TEST(CogTarget, OfNoRasterIsRefused)
{
    const auto poDS = MakePlaced({60, 40, 1}, Utm(100.0));

    for (const char *pszRes : {"RES=0", "RES=-1", "RES=1e-9", "RES=x"}) {
        const Decided oOurs(poDS.get(), {"TARGET_SRS=EPSG:3857",
                                         "EXTENT=0,0,1000,1000", pszRes});
        EXPECT_EQ(oOurs.eStatus, RT_ERR_ARGUMENT) << pszRes;
        EXPECT_NE(oOurs.osError.find("resolution"), std::string::npos)
            << oOurs.osError;
    }
    const auto poNowhere = MakeTiff(NewFolder() + "/in.tif", {});
    ExpectSameError(poNowhere.get(), {"TARGET_SRS=EPSG:3857"});
}

TEST(CogTarget, WarnsAsTheCogDriverDoes)
{
    const auto poDS = MakePlaced({300, 200, 1}, Utm(100.0));
    const auto poEdge =
        MakePlaced({200, 100, 1}, {3857, {-20100000, 1000, 0, 0, 0, -1000}});
    Errors oErrors;

    const Decided oOurs(poDS.get(), {pszMercator, "TARGET_SRS=EPSG:4326",
                                     "RES=1", "EXTENT=1,2,3,4"});
    EXPECT_EQ(oOurs.eStatus, RT_OK);
    EXPECT_EQ(oErrors.nWarnings, 3) << oErrors.osWarnings;
    for (const char *pszName : {"TARGET_SRS", "RES", "EXTENT"})
        EXPECT_NE(oErrors.osWarnings.find(std::string("Ignoring ") + pszName +
                                          " option"),
                  std::string::npos);
    const Decided oClamped(poEdge.get(), {pszMercator});
    EXPECT_EQ(oClamped.eStatus, RT_OK);
    EXPECT_EQ(oErrors.nWarnings, 4) << oErrors.osWarnings;
    EXPECT_NE(oErrors.osWarnings.find("Clamping it to it"), std::string::npos);
    EXPECT_EQ(oErrors.nFailures, 0) << oErrors.osText;
    ExpectSameShape(poEdge.get(), {pszMercator});
}
