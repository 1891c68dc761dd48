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
