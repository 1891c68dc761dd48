/* driver.cpp - registers RETILE with GDAL: identify, open, and GDAL's functions
 * on whole files. */
#include <cstring>
#include <memory>

#include "cpl_conv.h"
#include "gdal/base/calling_copy.h"
#include "gdal/base/cycle.h"
#include "gdal/base/descriptor.h"
#include "gdal/base/files_beside.h"
#include "gdal/base/gzip_properties.h"
#include "gdal/base/keep_existing.h"
#include "gdal/base/report.h"
#include "gdal/base/subdataset_info.h"
#include "gdal/copy/creation_options.h"
#include "gdal/copy/views.h"
#include "gdal/create_copy.h"
#include "gdal/driver_class.h"
#include "gdal/view/dataset.h"
#include "gdal/view/metadata.h"
#include "gdal/view/options.h"
#include "io/dataset/after_fork.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/gdal_versions.h"

CPL_C_START
CPL_DLL void GDALRegister_RETILE();
CPL_C_END

static bool IsDescriptorFile(const char *pszName)
{
    return EQUAL(CPLGetExtension(pszName), "retile");
}

/* Whether the name is a file's, and neither has the prefix nor is a
 * descriptor's text. */
static bool IsNamedFile(const char *pszName)
{
    return !RetileIsPrefixed(pszName) && !RetileIsText(pszName);
}

/* Whether another driver knows the file by its contents. With LAYOUT=GTIFF, a
 * TIFF may have any name, and so may other rasters. */
static bool IsOfOtherDriver(const char *pszName)
{
    GDALDriverManager &oManager = *GetGDALDriverManager();
    CPLStringList aosOthers;
    rt_gdal_errors oErrors;

    for (int i = 0; i < oManager.GetDriverCount(); i++) {
        const GDALDriver *poDriver = oManager.GetDriver(i);

        if (!EQUAL(poDriver->GetDescription(), "RETILE"))
            aosOthers.AddString(poDriver->GetDescription());
    }
    rt_gdal_errors_begin(&oErrors);
    const bool bKnown =
        GDALIdentifyDriverEx(pszName, GDAL_OF_RASTER, aosOthers.List(),
                             nullptr) != nullptr;
    rt_gdal_errors_forget_warnings(&oErrors);
    rt_gdal_errors_end(&oErrors);
    return bKnown;
}

/* Checks the name and the first bytes. */
static bool IsView(GDALOpenInfo *poOpenInfo)
{
    const char *pszName = poOpenInfo->pszFilename;

    if (!IsNamedFile(pszName))
        return true;
    if (poOpenInfo->nHeaderBytes == 0)
        return poOpenInfo->bStatOK && !poOpenInfo->bIsDirectory &&
               IsDescriptorFile(pszName);
    const char *pszHeader =
        reinterpret_cast<const char *>(poOpenInfo->pabyHeader);
    if (strnlen(pszHeader, 1) == 1 && RetileIsText(pszHeader))
        return true;
    return IsDescriptorFile(pszName) && !IsOfOtherDriver(pszName);
}

/* If there are open options, the answer is "unknown". GDAL would warn of
 * unknown options if Identify said yes, and Open refuses them: one message is
 * enough. */
static int Identify(GDALOpenInfo *poOpenInfo)
try {
    if (RetileIsIdentifiedForDeletion(*poOpenInfo))
        return TRUE;
    if (!IsView(poOpenInfo)) {
        if (RetileIsLookForExisting(*poOpenInfo))
            RetileExpectDeletion(poOpenInfo->pszFilename);
        return FALSE;
    }
    return CSLCount(poOpenInfo->papszOpenOptions) > 0 ? -1 : TRUE;
} catch (...) {
    return RetileCaught(0);
}

namespace
{

/* See io/dataset/after_fork.h. */
class NoThreadsInChild
{
  public:
    NoThreadsInChild() { rt_after_fork_begin(&m_sState); }
    ~NoThreadsInChild() { rt_after_fork_end(&m_sState); }

  private:
    rt_after_fork m_sState{};

    CPL_DISALLOW_COPY_ASSIGN(NoThreadsInChild)
};

} // namespace

static rt_status OpenView(GDALOpenInfo *poOpenInfo,
                          RetileDescriptor &oDescriptor,
                          std::shared_ptr<const RetileSharedView> &poView,
                          rt_error *err)
{
    const RetileOpening oOpening(poOpenInfo->pszFilename);
    RetileOptions oOptions;
    rt_status eStatus = oOpening.CheckNesting(err);

    if (eStatus == RT_OK)
        eStatus = RetileReadView(poOpenInfo->pszFilename,
                                 poOpenInfo->papszOpenOptions, oDescriptor,
                                 oOptions, err);

    if (eStatus == RT_OK)
        eStatus = oOpening.Check(oDescriptor, err);
    if (eStatus != RT_OK)
        return eStatus;
    poView = RetileSharedView::Open(oDescriptor, oOptions, err);
    return poView ? RT_OK : err->status;
}

static GDALDataset *Open(GDALOpenInfo *poOpenInfo)
try {
    RetileDescriptor oDescriptor;
    std::shared_ptr<const RetileSharedView> poView;
    rt_error err;

    if (!IsView(poOpenInfo))
        return nullptr;
    const RetileNoGzipProperties oNoFiles;
    const NoThreadsInChild oNoThreads;
    if (poOpenInfo->eAccess == GA_Update) {
        CPLError(CE_Failure, CPLE_NotSupported,
                 "RETILE: '%s' cannot be opened for update: a view is "
                 "read-only; update its source",
                 poOpenInfo->pszFilename);
        return nullptr;
    }
    const bool bLook = RetileIsLookForExisting(*poOpenInfo);
    poView = RetileCopyViews::Find(poOpenInfo->pszFilename);
    if (poView == nullptr &&
        OpenView(poOpenInfo, oDescriptor, poView, &err) != RT_OK) {
        RetileReport(err);
        if (bLook)
            RetileExpectDeletion(poOpenInfo->pszFilename);
        return nullptr;
    }
    std::unique_ptr<RetileDataset> poDS(
        new RetileDataset(std::move(poView), 0));
    if (oDescriptor.bIsFile)
        poDS->KeepAuxiliaryFile(poOpenInfo->pszFilename,
                                poOpenInfo->GetSiblingFiles());
    if (bLook)
        poDS->ListNoFilesOnce(poOpenInfo->pszFilename);
    return poDS.release();
} catch (...) {
    return RetileCaught<GDALDataset *>(nullptr);
}

/* GDAL's own function would delete every file that the view lists, which
 * includes its source. */
static CPLErr Delete(const char *pszName)
try {
    if (RetileIsDeletionToSkip(pszName))
        return CE_None;
    if (!IsNamedFile(pszName)) {
        if (RetileIsQuietDelete())
            return CE_None;
        CPLError(CE_Failure, CPLE_NotSupported,
                 "RETILE: '%s' is a view, with no file of its own to change or "
                 "delete; do that with its source",
                 pszName);
        return CE_Failure;
    }
    const CPLStringList aosBeside(RetileFilesBeside(pszName));
    errno = 0;
    if (VSIUnlink(pszName) != 0) {
        CPLError(CE_Failure, CPLE_FileIO, "RETILE: cannot delete '%s': %s",
                 pszName, VSIStrerror(errno));
        return CE_Failure;
    }
    for (int i = 0; i < aosBeside.size(); i++)
        VSIUnlink(aosBeside[i]);
    return CE_None;
} catch (...) {
    return RetileCaught(CE_Failure);
}

/* Writes the descriptor again under another name. The source stays where it is.
 * The files that GDAL keeps beside the descriptor are copied too. */
static CPLErr CopyFiles(const char *pszNewName, const char *pszOldName)
try {
    RetileDescriptor oDescriptor;
    rt_error err;
    rt_status eStatus = RetileReadDescriptor(pszOldName, oDescriptor, &err);

    if (eStatus == RT_OK &&
        RetileCanonicalName(pszNewName) == RetileCanonicalName(pszOldName))
        return CE_None;
    if (eStatus == RT_OK && (!oDescriptor.bIsFile || !IsNamedFile(pszNewName)))
        eStatus = rt_error_set(&err, RT_ERR_ARGUMENT,
                               "'%s' is a view without a file of its own",
                               oDescriptor.bIsFile ? pszNewName : pszOldName);
    if (eStatus == RT_OK)
        eStatus = RetileWriteDescriptor(pszNewName, oDescriptor, pszOldName,
                                        RetileFilesBeside(pszNewName), &err);
    if (eStatus == RT_OK)
        return CE_None;
    RetileReport(err);
    return CE_Failure;
} catch (...) {
    return RetileCaught(CE_Failure);
}

static CPLErr Rename(const char *pszNewName, const char *pszOldName)
try {
    if (RetileCanonicalName(pszNewName) == RetileCanonicalName(pszOldName))
        return CE_None;
    const CPLErr eErr = CopyFiles(pszNewName, pszOldName);

    return eErr == CE_None ? Delete(pszOldName) : eErr;
} catch (...) {
    return RetileCaught(CE_Failure);
}

static GDALDataset *CreateCopy(const char *pszName, GDALDataset *poSource,
                               int bStrict, RetileOptionList papszOptions,
                               GDALProgressFunc pfnProgress,
                               void *pProgressData)
try {
    return RetileCreateCopy(pszName, poSource, bStrict, papszOptions,
                            pfnProgress, pProgressData);
} catch (...) {
    return RetileCaught<GDALDataset *>(nullptr);
}

/* GDAL calls this when it loads the plugin. */
void GDALRegister_RETILE()
try {
    if (!GDAL_CHECK_VERSION("RETILE") ||
        GDALGetDriverByName("RETILE") != nullptr)
        return;
    rt_after_fork_init();

    GDALDriver *poDriver = new RetileDriver();
    RetileSetPlanner(RetileTellPlan);
    poDriver->SetDescription("RETILE");
    poDriver->SetMetadataItem(GDAL_DMD_LONGNAME,
                              "Retiled and cached view of any raster");
    poDriver->SetMetadataItem(GDAL_DMD_HELPTOPIC, RETILE_HELP_TOPIC);
    poDriver->SetMetadataItem(GDAL_DCAP_RASTER, "YES");
    poDriver->SetMetadataItem(GDAL_DCAP_VIRTUALIO, "YES");
    poDriver->SetMetadataItem(GDAL_DMD_CONNECTION_PREFIX, "RETILE:");
    poDriver->SetMetadataItem(GDAL_DMD_EXTENSION, "retile");
    poDriver->SetMetadataItem(GDAL_DMD_EXTENSIONS, "retile");
    poDriver->SetMetadataItem(GDAL_DMD_SUBDATASETS, "YES");
#ifdef GDAL_DCAP_COORDINATE_EPOCH
    poDriver->SetMetadataItem(GDAL_DCAP_COORDINATE_EPOCH, "YES");
#endif
    poDriver->SetMetadataItem(GDAL_DMD_OPENOPTIONLIST,
                              RetileOpenOptionList().c_str());
    poDriver->SetMetadataItem(
        GDAL_DMD_CREATIONOPTIONLIST,
        RetileCreationOptionList(nullptr, nullptr).c_str());
    poDriver->pfnIdentify = Identify;
    poDriver->pfnOpen = Open;
    poDriver->pfnCreateCopy = CreateCopy;
    poDriver->pfnDelete = Delete;
    poDriver->pfnRename = Rename;
    poDriver->pfnCopyFiles = CopyFiles;
#if RT_GDAL_HAS_SUBDATASET_INFO
    poDriver->pfnGetSubdatasetInfoFunc = RetileSubdatasetInfo;
#endif
    GetGDALDriverManager()->RegisterDriver(poDriver);
} catch (...) {
    RetileReportException();
}
