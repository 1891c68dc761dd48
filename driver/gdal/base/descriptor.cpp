/* descriptor.cpp - see descriptor.h.
 *
 * JSON is read with GDAL's CPLJSONDocument. It uses json-c and refuses
 * documents that nest deeper than 32.
 */
#include "gdal/base/descriptor.h"

#include <cstdlib>
#include <cstring>

#include "cpl_conv.h"
#include "cpl_json.h"
#include "cpl_vsi.h"
#include "gdal/base/files_beside.h"
#include "io/dataset/file_stat.h"
#include "io/dataset/gdal_errors.h"
#include "io/output/files.h"

static const char szPrefix[] = "RETILE:";
static const size_t nMaxDescriptorBytes = 1024 * 1024;
static const size_t nSniffBytes = 1024;

bool RetileIsPrefixed(const char *pszName)
{
    return STARTS_WITH_CI(pszName, szPrefix);
}

int RetileCountPrefixes(const char *pszName)
{
    int nPrefixes = 0;

    for (; RetileIsPrefixed(pszName); pszName += strlen(szPrefix))
        nPrefixes++;
    return nPrefixes;
}

bool RetileIsText(const char *pszName)
{
    while (*pszName == ' ' || *pszName == '\n' || *pszName == '\t')
        pszName++;
    if (*pszName != '{')
        return false;
    const std::string osStart(pszName, strnlen(pszName, nSniffBytes));
    return osStart.find("\"RETILE\"") != std::string::npos;
}

/* Whether the name is a path and not a driver's connection string. */
static bool LooksLikePath(const std::string &osName)
{
    return osName.find(':') == std::string::npos && !osName.empty() &&
           osName[0] != '<' && osName[0] != '{';
}

/* All the prefixes at the start of a name, found at once: there may be
 * thousands. */
static std::string PrefixesOf(const std::string &osName)
{
    return osName.substr(
        0, static_cast<size_t>(RetileCountPrefixes(osName.c_str())) *
               strlen(szPrefix));
}

/* osSource as seen from the folder of the descriptor. */
static std::string FromFolder(const std::string &osFolder,
                              const std::string &osSource)
{
    VSIStatBufL sStat;

    const std::string osPrefixes = PrefixesOf(osSource);
    if (!osPrefixes.empty())
        return osPrefixes +
               FromFolder(osFolder, osSource.substr(osPrefixes.size()));
    if (osFolder.empty() || !CPLIsFilenameRelative(osSource.c_str()))
        return osSource;
    const std::string osJoined =
        CPLFormFilename(osFolder.c_str(), osSource.c_str(), nullptr);
    if (LooksLikePath(osSource) || rt_file_stat(osJoined.c_str(), &sStat) == 0)
        return osJoined;
    return osSource;
}

static rt_status ReadFile(const char *pszPath, std::string &osText,
                          rt_error *err)
{
    VSILFILE *fp = VSIFOpenL(pszPath, "rb");

    if (fp == nullptr)
        return rt_error_set(err, RT_ERR_SOURCE,
                            "descriptor '%s' cannot be opened", pszPath);
    osText.resize(nMaxDescriptorBytes + 1);
    osText.resize(VSIFReadL(&osText[0], 1, osText.size(), fp));
    VSIFCloseL(fp);
    if (osText.size() > nMaxDescriptorBytes)
        return rt_error_set(err, RT_ERR_RANGE,
                            "descriptor '%s' is larger than 1 MiB", pszPath);
    return RT_OK;
}

static bool IsScalar(const CPLJSONObject &oValue)
{
    switch (oValue.GetType()) {
    case CPLJSONObject::Type::String:
    case CPLJSONObject::Type::Integer:
    case CPLJSONObject::Type::Long:
    case CPLJSONObject::Type::Double:
    case CPLJSONObject::Type::Boolean:
        return true;
    default:
        return false;
    }
}

static std::string ScalarText(const CPLJSONObject &oValue)
{
    if (oValue.GetType() == CPLJSONObject::Type::Boolean)
        return oValue.ToBool() ? "YES" : "NO";
    return oValue.ToString();
}

static rt_status ReadOptions(const char *pszWhere, const char *pszKey,
                             const CPLJSONObject &oObject,
                             std::map<std::string, std::string> &oOptions,
                             rt_error *err)
{
    if (oObject.GetType() != CPLJSONObject::Type::Object)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s: \"%s\" has to be an object of options",
                            pszWhere, pszKey);
    for (const CPLJSONObject &oChild : oObject.GetChildren()) {
        if (!IsScalar(oChild))
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "%s: \"%s\" in \"%s\" has to be a text, a "
                                "number or true or false",
                                pszWhere, oChild.GetName().c_str(), pszKey);
        oOptions[oChild.GetName()] = ScalarText(oChild);
    }
    return RT_OK;
}

static rt_status ReadKey(const char *pszWhere, const CPLJSONObject &oChild,
                         RetileDescriptor &oDescriptor, rt_error *err)
{
    const std::string osKey = oChild.GetName();
    const bool bText = oChild.GetType() == CPLJSONObject::Type::String;

    if (osKey == "type") {
        if (!bText || oChild.ToString() != "RETILE")
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "%s: \"type\" has to be \"RETILE\"", pszWhere);
    } else if (osKey == "version") {
        if (oChild.GetType() != CPLJSONObject::Type::Integer ||
            oChild.ToInteger() != 1)
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "%s: \"version\" is %s; this driver knows "
                                "version 1",
                                pszWhere, oChild.ToString().c_str());
    } else if (osKey == "source") {
        if (!bText || oChild.ToString().empty())
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "%s: \"source\" has to be the name of a "
                                "raster",
                                pszWhere);
        oDescriptor.osSource = oChild.ToString();
    } else if (osKey == "source_open_options") {
        std::map<std::string, std::string> oOptions;
        const rt_status eStatus =
            ReadOptions(pszWhere, "source_open_options", oChild, oOptions, err);
        if (eStatus != RT_OK)
            return eStatus;
        for (const auto &oItem : oOptions)
            oDescriptor.aosSourceOptions.SetNameValue(oItem.first.c_str(),
                                                      oItem.second.c_str());
    } else if (osKey == "options") {
        return ReadOptions(pszWhere, "options", oChild, oDescriptor.oOptions,
                           err);
    } else {
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s: unknown key \"%s\"; there are type, version, "
                            "source, source_open_options and options",
                            pszWhere, osKey.c_str());
    }
    return RT_OK;
}

static rt_status ParseText(const char *pszWhere, const std::string &osText,
                           RetileDescriptor &oDescriptor, rt_error *err)
{
    CPLJSONDocument oDocument;
    rt_gdal_errors oErrors;

    rt_gdal_errors_begin(&oErrors);
    const bool bParsed = oDocument.LoadMemory(osText);
    rt_gdal_errors_end(&oErrors);
    if (!bParsed ||
        oDocument.GetRoot().GetType() != CPLJSONObject::Type::Object)
        return rt_error_set(
            err, RT_ERR_ARGUMENT, "%s is not a JSON object: %s", pszWhere,
            rt_gdal_errors_text(&oErrors, "it has to start with '{'"));
    for (const char *pszKey : {"type", "version", "source"})
        if (!oDocument.GetRoot().GetObj(pszKey).IsValid())
            return rt_error_set(err, RT_ERR_ARGUMENT, "%s has no \"%s\"",
                                pszWhere, pszKey);
    for (const CPLJSONObject &oChild : oDocument.GetRoot().GetChildren()) {
        const rt_status eStatus = ReadKey(pszWhere, oChild, oDescriptor, err);
        if (eStatus != RT_OK)
            return eStatus;
    }
    return RT_OK;
}

rt_status RetileReadDescriptor(const char *pszName,
                               RetileDescriptor &oDescriptor, rt_error *err)
{
    std::string osText;

    if (RetileIsPrefixed(pszName)) {
        oDescriptor.osSource = pszName + strlen(szPrefix);
        if (oDescriptor.osSource.empty())
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "write the name of a raster behind RETILE:, "
                                "such as RETILE:scene.jp2");
        return RT_OK;
    }
    if (RetileIsText(pszName)) {
        osText = pszName;
        if (osText.size() > nMaxDescriptorBytes)
            return rt_error_set(err, RT_ERR_RANGE,
                                "the descriptor is larger than 1 MiB");
        return ParseText("the descriptor", osText, oDescriptor, err);
    }

    oDescriptor.bIsFile = true;
    rt_status eStatus = ReadFile(pszName, osText, err);
    if (eStatus == RT_OK)
        eStatus = ParseText(CPLSPrintf("descriptor '%s'", pszName), osText,
                            oDescriptor, err);
    if (eStatus == RT_OK)
        oDescriptor.osSource =
            FromFolder(CPLGetPath(pszName), oDescriptor.osSource);
    return eStatus;
}

/* Restores plain slashes in JSON: json-c escapes each of them. */
static std::string PlainSlashes(const std::string &osJson)
{
    std::string osPlain;

    for (size_t i = 0; i < osJson.size(); i++) {
        const bool bEscape = osJson[i] == '\\' && i + 1 < osJson.size();

        if (bEscape && osJson[i + 1] != '/')
            osPlain += osJson[i++];
        else if (bEscape)
            i++;
        osPlain += osJson[i];
    }
    return osPlain;
}

/* Adds the name as it is: CPLJSONObject::Add treats slashes as paths. */
template <class T>
static void AddOption(CPLJSONObject &oOptions, const std::string &osName,
                      const T &tValue)
{
    CPLJSONObject oHolder;

    oHolder.Add("value", tValue);
    oOptions.AddNoSplitName(osName, oHolder.GetObj("value"));
}

/* Whether a number can be written in place of the text. */
static bool IsNumber(const std::string &osText)
{
    return osText.size() < 10 &&
           std::to_string(std::atoi(osText.c_str())) == osText;
}

std::string RetileDescriptorText(const RetileDescriptor &oDescriptor)
{
    CPLJSONDocument oDocument;
    CPLJSONObject oRoot = oDocument.GetRoot();

    oRoot.Add("type", "RETILE");
    oRoot.Add("version", 1);
    oRoot.Add("source", oDescriptor.osSource);
    if (!oDescriptor.aosSourceOptions.empty()) {
        CPLJSONObject oOptions;

        for (int i = 0; i < oDescriptor.aosSourceOptions.size(); i++) {
            const char *pszOption = oDescriptor.aosSourceOptions[i];
            char *pszKey = nullptr;
            const char *pszValue = CPLParseNameValue(pszOption, &pszKey);

            if (pszKey != nullptr && pszValue != nullptr)
                AddOption(oOptions, pszKey, std::string(pszValue));
            CPLFree(pszKey);
        }
        oRoot.Add("source_open_options", oOptions);
    }
    if (!oDescriptor.oOptions.empty()) {
        CPLJSONObject oOptions;

        for (const auto &oItem : oDescriptor.oOptions)
            if (IsNumber(oItem.second))
                AddOption(oOptions, oItem.first,
                          std::atoi(oItem.second.c_str()));
            else
                AddOption(oOptions, oItem.first, oItem.second);
        oRoot.Add("options", oOptions);
    }
    return PlainSlashes(oDocument.SaveAsString()) + "\n";
}

/* The absolute path of an existing file, otherwise osPath itself. */
static std::string Absolute(const std::string &osPath)
{
    char *pszReal = realpath(osPath.c_str(), nullptr);
    const std::string osReal = pszReal ? pszReal : osPath;

    free(pszReal);
    return osReal;
}

/* The source as written in a descriptor in osFolder: see RetileWriteDescriptor.
 */
static std::string ForFolder(const std::string &osFolder,
                             const std::string &osSource)
{
    VSIStatBufL sStat;

    const std::string osPrefixes = PrefixesOf(osSource);
    if (!osPrefixes.empty())
        return osPrefixes +
               ForFolder(osFolder, osSource.substr(osPrefixes.size()));
    if (rt_file_stat(osSource.c_str(), &sStat) != 0)
        return osSource;
    const std::string osRoot =
        Absolute(osFolder.empty() ? "." : osFolder) + "/";
    const std::string osPath = Absolute(osSource);
    if (osPath.compare(0, osRoot.size(), osRoot) == 0 &&
        LooksLikePath(osPath.substr(osRoot.size())))
        return osPath.substr(osRoot.size());
    return osPath;
}

static rt_status WriteFile(const char *pszPath, const std::string &osText,
                           rt_error *err)
{
    errno = 0;
    VSILFILE *fp = VSIFOpenL(pszPath, "wb");
    bool bWritten = fp != nullptr;

    if (fp != nullptr) {
        bWritten =
            VSIFWriteL(osText.data(), 1, osText.size(), fp) == osText.size();
        bWritten = VSIFCloseL(fp) == 0 && bWritten;
    }
    if (bWritten)
        return RT_OK;
    return rt_error_set(err, RT_ERR_IO, "'%s' cannot be written: %s", pszPath,
                        VSIStrerror(errno));
}

/* Copies the files beside pszFrom to the same suffixes beside pszTo. */
static rt_status CopyBeside(const char *pszTo, const char *pszFrom,
                            rt_error *err)
{
    const CPLStringList aosFiles(RetileFilesBeside(pszFrom));

    for (int i = 0; i < aosFiles.size(); i++) {
        const std::string osTo =
            std::string(pszTo) + (aosFiles[i] + strlen(pszFrom));

        if (CPLCopyFile(osTo.c_str(), aosFiles[i]) != 0)
            return rt_error_set(err, RT_ERR_IO, "'%s' cannot be copied: %s",
                                aosFiles[i], VSIStrerror(errno));
    }
    return RT_OK;
}

rt_status RetileWriteDescriptor(const char *pszPath,
                                RetileDescriptor oDescriptor,
                                const char *pszBesideOf,
                                const CPLStringList &aosStale, rt_error *err)
{
    rt_output *output = nullptr;
    rt_gdal_errors oErrors;

    oDescriptor.osSource = ForFolder(CPLGetPath(pszPath), oDescriptor.osSource);
    rt_gdal_errors_begin(&oErrors);
    rt_status eStatus = rt_output_create(pszPath, &output, err);
    if (eStatus == RT_OK)
        eStatus = WriteFile(rt_output_path(output),
                            RetileDescriptorText(oDescriptor), err);
    if (eStatus == RT_OK && pszBesideOf != nullptr)
        eStatus = CopyBeside(rt_output_path(output), pszBesideOf, err);
    if (eStatus == RT_OK)
        eStatus = rt_output_commit(output, aosStale.List(), nullptr, err);
    if (eStatus != RT_OK && output != nullptr)
        (void)rt_error_set(err, eStatus, "%s",
                           CPLString(err->text)
                               .replaceAll(rt_output_path(output), pszPath)
                               .c_str());
    rt_output_discard(output);
    rt_gdal_errors_end(&oErrors);
    return eStatus;
}

std::string RetileCanonicalName(const char *pszName)
{
    if (RetileIsPrefixed(pszName))
        return szPrefix + Absolute(pszName + strlen(szPrefix));
    return Absolute(pszName);
}
