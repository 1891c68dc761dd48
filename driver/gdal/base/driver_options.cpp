/* driver_options.cpp - see driver_options.h. */
#include "gdal/base/driver_options.h"

#include "cpl_conv.h"
#include "cpl_minixml.h"
#include "gdal_priv.h"

namespace
{

/* The driver's list, or nullptr. */
CPLXMLNode *ParseList(const char *pszDriver, const char *pszList)
{
    GDALDriver *poDriver = GetGDALDriverManager()->GetDriverByName(pszDriver);
    const char *pszText =
        poDriver ? poDriver->GetMetadataItem(pszList) : nullptr;

    return pszText ? CPLParseXMLString(pszText) : nullptr;
}

/* The option in the list, or nullptr. */
const CPLXMLNode *Find(const CPLXMLNode *psList, const char *pszName)
{
    for (const CPLXMLNode *psOption = psList ? psList->psChild : nullptr;
         psOption != nullptr; psOption = psOption->psNext)
        if (EQUAL(CPLGetXMLValue(psOption, "name", ""), pszName))
            return psOption;
    return nullptr;
}

constexpr int PROBE_BANDS = 4; /* red, green, blue, alpha */

/* One pixel that is visible and one that is not; all bands of both are 1 but
 * for the alpha band. */
GDALDatasetUniquePtr MakeProbe()
{
    GDALDriver *poMem = GetGDALDriverManager()->GetDriverByName("MEM");
    GDALDatasetUniquePtr poProbe(
        poMem ? poMem->Create("", 2, 1, PROBE_BANDS, GDT_Byte, nullptr)
              : nullptr);
    GByte abyColours[2] = {1, 1}, abyAlpha[2] = {255, 0};

    for (int i = 1; poProbe && i <= PROBE_BANDS; i++) {
        GDALRasterBand *poBand = poProbe->GetRasterBand(i);

        poBand->SetColorInterpretation(
            static_cast<GDALColorInterp>(GCI_RedBand + i - 1));
        if (poBand->RasterIO(GF_Write, 0, 0, 2, 1,
                             i < PROBE_BANDS ? abyColours : abyAlpha, 2, 1,
                             GDT_Byte, 0, 0, nullptr) != CE_None)
            poProbe.reset();
    }
    return poProbe;
}

bool ProbeKeepsInvisible()
{
    const CPLErrorStateBackuper oState;
    const CPLErrorHandlerPusher oQuiet(CPLQuietErrorHandler);
    GDALDriver *poCog = GetGDALDriverManager()->GetDriverByName("COG");
    const GDALDatasetUniquePtr poProbe = MakeProbe();
    const CPLString osName(
        CPLSPrintf("/vsimem/retile_probe_%p.tif",
                   static_cast<const void *>(poProbe.get())));
    const char *const apszOptions[] = {"COMPRESS=LERC", nullptr};
    GByte abyGot[2] = {};

    if (poCog == nullptr || !poProbe)
        return false;
    GDALClose(GDALDataset::ToHandle(
        poCog->CreateCopy(osName, poProbe.get(), false,
                          const_cast<char **>(apszOptions), nullptr, nullptr)));
    GDALDatasetUniquePtr poGot(GDALDataset::Open(osName));
    const bool bKeeps =
        poGot &&
        poGot->GetRasterBand(1)->RasterIO(GF_Read, 0, 0, 2, 1, abyGot, 2, 1,
                                          GDT_Byte, 0, 0, nullptr) == CE_None &&
        abyGot[1] == 1;
    poGot.reset();
    VSIUnlink(osName);
    return bKeeps;
}

} // namespace

bool RetileDriverDeclares(const char *pszDriver, const char *pszName,
                          const char *pszList)
{
    const CPLXMLTreeCloser oList(ParseList(pszDriver, pszList));

    return Find(oList.get(), pszName) != nullptr;
}

bool RetileDriverDeclaresValue(const char *pszDriver, const char *pszName,
                               const char *pszValue)
{
    const CPLXMLTreeCloser oList(
        ParseList(pszDriver, GDAL_DMD_CREATIONOPTIONLIST));
    const CPLXMLNode *psOption = Find(oList.get(), pszName);

    for (const CPLXMLNode *ps = psOption ? psOption->psChild : nullptr; ps;
         ps = ps->psNext)
        if (ps->eType == CXT_Element && EQUAL(ps->pszValue, "Value") &&
            EQUAL(CPLGetXMLValue(ps, "", ""), pszValue))
            return true;
    return false;
}

std::string RetileDriverOption(const char *pszDriver, const char *pszName)
{
    const CPLXMLTreeCloser oList(
        ParseList(pszDriver, GDAL_DMD_CREATIONOPTIONLIST));
    const CPLXMLNode *psOption = Find(oList.get(), pszName);

    if (psOption == nullptr)
        return "";
    CPLXMLNode oAlone = *psOption;
    oAlone.psNext = nullptr;
    char *pszText = CPLSerializeXMLTree(&oAlone);
    const std::string osText(pszText);
    CPLFree(pszText);
    return osText;
}

bool RetileCogDriverKeepsInvisible()
{
    static const bool bKeeps = ProbeKeepsInvisible();

    return bKeeps;
}

/* Whether an extension is in the list of a driver that reads or writes rasters.
 */
static bool HasExtension(GDALDriver &oDriver, const char *pszExtension)
{
    const char *pszList = oDriver.GetMetadataItem(GDAL_DMD_EXTENSIONS);

    if (pszList == nullptr || !oDriver.GetMetadataItem(GDAL_DCAP_RASTER))
        return false;
    return CPLStringList(CSLTokenizeString(pszList)).FindString(pszExtension) >=
           0;
}

std::string RetileDriverOfExtension(const char *pszExtension)
{
    GDALDriverManager &oManager = *GetGDALDriverManager();
    std::string osOwner;

    for (int i = 0; i < oManager.GetDriverCount(); i++) {
        GDALDriver &oDriver = *oManager.GetDriver(i);
        const char *pszName = oDriver.GetDescription();

        if (!HasExtension(oDriver, pszExtension))
            continue;
        if (EQUAL(pszName, "RETILE") || EQUAL(pszName, "GTiff"))
            return "";
        if (osOwner.empty())
            osOwner = pszName;
    }
    return osOwner;
}
