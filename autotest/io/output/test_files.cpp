/* test_files.cpp - files appear complete under their names, or not at all. */
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "fork_rig.h"
#include "helper.h"
#include "io/output/files.h"

namespace
{

namespace fs = std::filesystem;

using Contents = std::map<std::string, std::string>;

std::string ReadText(const std::string &osPath)
{
    std::ifstream oFile(osPath, std::ios::binary);
    std::ostringstream oText;

    oText << oFile.rdbuf();
    return oFile ? oText.str() : "(missing)";
}

/* Everything below a folder, by name; the content of a folder is "(folder)". */
Contents ContentsOf(const std::string &osFolder)
{
    Contents oContents;

    for (const auto &oEntry : fs::recursive_directory_iterator(osFolder)) {
        const std::string osPath = oEntry.path().string();

        oContents[osPath.substr(osFolder.size() + 1)] =
            oEntry.is_directory() ? "(folder)" : ReadText(osPath);
    }
    return oContents;
}

mode_t ModeOf(const std::string &osPath)
{
    struct stat sStat = {};

    EXPECT_EQ(stat(osPath.c_str(), &sStat), 0);
    return sStat.st_mode & 07777;
}

/* An output with its folder, discarded at the end. */
class Output
{
  public:
    explicit Output(const std::string &osTarget) : m_osTarget(osTarget)
    {
        m_eStatus = rt_output_create(osTarget.c_str(), &m_psOutput, &m_err);
        EXPECT_EQ(m_eStatus, RT_OK) << m_err.text;
    }
    ~Output() { rt_output_discard(m_psOutput); }
    Output(const Output &) = delete;
    Output &operator=(const Output &) = delete;

    std::string Path() const { return rt_output_path(m_psOutput); }
    void Write(const std::string &osText, const std::string &osSuffix = "")
    {
        WriteText(Path() + osSuffix, osText);
    }
    rt_status Commit(const Options &aosStale = {})
    {
        const CPLStringList aosList(ToList(aosStale));

        return rt_output_commit(m_psOutput, aosList.List(), nullptr, &m_err);
    }
    /* Refuses what is in place at the commit. */
    void Refuse() { rt_output_on_placed(m_psOutput, OnPlaced, this); }
    rt_status Lock() { return rt_output_lock(m_psOutput, &m_err); }
    std::string Error() const { return m_err.text; }

    /* What was under the target's name then. */
    std::string osPlaced{};

  private:
    static rt_status OnPlaced(void *pOutput, rt_error *err)
    {
        auto *poOutput = static_cast<Output *>(pOutput);

        poOutput->osPlaced = ReadText(poOutput->m_osTarget);
        return rt_error_set(err, RT_ERR_IO, "it does not open");
    }

    const std::string m_osTarget;
    rt_output *m_psOutput = nullptr;
    rt_status m_eStatus = RT_OK;
    rt_error m_err{};
};

void ExpectNoOutput(const std::string &osTarget, const std::string &osSays)
{
    rt_output *psOutput = nullptr;
    rt_error err;

    EXPECT_EQ(rt_output_create(osTarget.c_str(), &psOutput, &err), RT_ERR_IO);
    EXPECT_NE(std::string(err.text).find(osSays), std::string::npos)
        << err.text;
    EXPECT_EQ(psOutput, nullptr);
}

TEST(OutputFiles, NothingIsThereBeforeTheCommitAndOnlyFilesAfterIt)
{
    const std::string osFolder = NewFolder();
    Output oOutput(osFolder + "/out.tif");

    EXPECT_EQ(CPLGetFilename(oOutput.Path().c_str()), std::string("out.tif"));
    EXPECT_EQ(oOutput.Path().find(osFolder + "/.out.tif."), 0U);
    EXPECT_EQ(ModeOf(CPLGetPath(oOutput.Path().c_str())), 0700U);
    oOutput.Write("image");
    oOutput.Write("mask", ".msk");
    EXPECT_FALSE(Exists(osFolder + "/out.tif"));
    EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error();
    EXPECT_EQ(ContentsOf(osFolder),
              (Contents{{"out.tif", "image"}, {"out.tif.msk", "mask"}}));
}

TEST(OutputFiles, ADiscardedOutputLeavesNothing)
{
    const std::string osFolder = NewFolder();

    {
        Output oOutput(osFolder + "/out.tif");

        oOutput.Write("image");
        oOutput.Write("mask", ".msk");
    }
    EXPECT_TRUE(ContentsOf(osFolder).empty());
    rt_output_discard(nullptr);
}

TEST(OutputFiles, AnOlderDatasetIsReplacedWithAllThatIsStale)
{
    const std::string osFolder = NewFolder();
    const std::string osTarget = osFolder + "/out.tif";

    WriteText(osTarget, "older image");
    WriteText(osTarget + ".msk", "older mask");
    WriteText(osTarget + ".ovr", "older overviews");
    WriteText(osFolder + "/other.tif", "other");
    Output oOutput(osTarget);
    oOutput.Write("image");
    oOutput.Write("mask", ".msk");
    EXPECT_EQ(oOutput.Commit({osTarget, osTarget + ".ovr", osTarget + ".msk",
                              osTarget + ".gone"}),
              RT_OK)
        << oOutput.Error();
    EXPECT_EQ(ContentsOf(osFolder), (Contents{{"out.tif", "image"},
                                              {"out.tif.msk", "mask"},
                                              {"other.tif", "other"}}));
}

TEST(OutputFiles, WhatIsRefusedInItsPlaceIsTakenBack)
{
    const std::string osFolder = NewFolder();
    const std::string osTarget = osFolder + "/out.tif";
    const Contents oOlder = {{"out.tif", "older image"},
                             {"out.tif.ovr", "older overviews"}};

    for (const bool bOlder : {false, true}) {
        Output oOutput(osTarget);

        for (const auto &oFile : bOlder ? oOlder : Contents{})
            WriteText(osFolder + "/" + oFile.first, oFile.second);
        oOutput.Write("image");
        oOutput.Write("mask", ".msk");
        oOutput.Refuse();
        EXPECT_EQ(oOutput.Commit({osTarget, osTarget + ".ovr"}), RT_ERR_IO);
        EXPECT_EQ(oOutput.Error(), "it does not open");
        EXPECT_EQ(oOutput.osPlaced, "image");
        EXPECT_EQ(ReadText(osTarget), bOlder ? "older image" : "(missing)");
        EXPECT_EQ(ReadText(osTarget + ".ovr"),
                  bOlder ? "older overviews" : "(missing)");
        EXPECT_FALSE(Exists(osTarget + ".msk"));
    }
}

TEST(OutputFiles, NothingWrittenIsAnErrorAndLeavesTheOlderFile)
{
    const std::string osFolder = NewFolder();
    const std::string osTarget = osFolder + "/out.tif";

    WriteText(osTarget, "older");
    {
        Output oOutput(osTarget);

        oOutput.Write("mask", ".msk");
        EXPECT_EQ(oOutput.Commit(), RT_ERR_INTERNAL);
    }
    EXPECT_EQ(ContentsOf(osFolder), (Contents{{"out.tif", "older"}}));
}

TEST(OutputFiles, PermissionsAreThoseOfANewFileOrOfTheOlderOne)
{
    const std::string osTarget = NewFolder() + "/out.tif";
    const mode_t nBefore = umask(027);

    {
        Output oOutput(osTarget);

        oOutput.Write("new");
        EXPECT_EQ(oOutput.Commit(), RT_OK);
        EXPECT_EQ(ModeOf(osTarget), 0640U);
    }
    chmod(osTarget.c_str(), 0604);
    Output oOutput(osTarget);
    oOutput.Write("newer");
    EXPECT_EQ(oOutput.Commit(), RT_OK);
    EXPECT_EQ(ModeOf(osTarget), 0604U);
    umask(nBefore);
}

TEST(OutputFiles, ALinkStaysAndItsFileIsReplaced)
{
    const std::string osFolder = NewFolder();
    const std::string osLink = osFolder + "/link.tif";

    ASSERT_EQ(mkdir((osFolder + "/deep").c_str(), 0777), 0);
    ASSERT_EQ(symlink("deep/middle.tif", osLink.c_str()), 0);
    ASSERT_EQ(symlink("file.tif", (osFolder + "/deep/middle.tif").c_str()), 0);
    for (const char *pszText : {"first", "second"}) {
        Output oOutput(osLink);

        oOutput.Write(pszText);
        oOutput.Write("mask", ".msk");
        EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error();
        EXPECT_EQ(ContentsOf(osFolder), (Contents{{"deep", "(folder)"},
                                                  {"deep/file.tif", pszText},
                                                  {"deep/middle.tif", pszText},
                                                  {"link.tif", pszText},
                                                  {"link.tif.msk", "mask"}}));
        EXPECT_TRUE(fs::is_symlink(osLink));
    }
}

TEST(OutputFiles, ATargetIsFoundAfterTheWorkingFolderChanged)
{
    const std::string osFolder = NewFolder();
    const std::string osElsewhere = NewFolder();
    std::unique_ptr<Output> poOutput;

    {
        const WorkingFolder oThere(osFolder);

        poOutput = std::make_unique<Output>("out.tif");
    }
    const WorkingFolder oThere(osElsewhere);
    poOutput->Write("image");
    EXPECT_EQ(poOutput->Commit(), RT_OK) << poOutput->Error();
    EXPECT_EQ(ContentsOf(osFolder), (Contents{{"out.tif", "image"}}));
}

TEST(OutputFiles, LongNamesFit)
{
    const std::string osFolder = NewFolder();
    const std::string osName = std::string(251, 'n') + ".tif";
    Output oOutput(osFolder + "/" + osName);

    oOutput.Write("image");
    EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error();
    EXPECT_EQ(ContentsOf(osFolder), (Contents{{osName, "image"}}));
}

TEST(OutputFiles, TargetsThatCanNotBeAreRefusedByName)
{
    const std::string osFolder = NewFolder();
    const std::string osLoop = osFolder + "/loop.tif";
    const std::string osPipe = osFolder + "/pipe.tif";

    ASSERT_EQ(symlink("loop.tif", osLoop.c_str()), 0);
    ASSERT_EQ(mkfifo(osPipe.c_str(), 0666), 0);
    const size_t nBefore = static_cast<size_t>(
        std::distance(fs::directory_iterator(osFolder), {}));
    ExpectNoOutput(osFolder + "/gone/out.tif", "gone/out.tif");
    ExpectNoOutput(osFolder + "/gone/out.tif", "No such file or directory");
    ExpectNoOutput(osFolder, "Is a directory");
    ExpectNoOutput(osFolder + "/", "names no file");
    ExpectNoOutput(osPipe, "not a regular file");
    ExpectNoOutput("/dev/null", "not a regular file");
    ExpectNoOutput(osLoop, "Too many levels");
    ExpectNoOutput("/proc/out.tif", "/proc");
    ExpectNoOutput("", "names no file");
    EXPECT_EQ(std::distance(fs::directory_iterator(osFolder), {}),
              static_cast<std::ptrdiff_t>(nBefore));
}

TEST(OutputFiles, InMemoryAllGoesTheSameWay)
{
    const std::string osTarget = "/vsimem/output/out.tif";

    WriteText(osTarget, "older");
    WriteText(osTarget + ".msk", "older mask");
    WriteText(osTarget + ".ovr", "older overviews");
    {
        Output oOutput(osTarget);

        oOutput.Write("image");
        oOutput.Write("mask", ".msk");
        EXPECT_EQ(oOutput.Commit({osTarget + ".ovr"}), RT_OK)
            << oOutput.Error();
    }
    CPLStringList aosFiles(VSIReadDirRecursive("/vsimem/output"));
    aosFiles.Sort();
    ASSERT_EQ(aosFiles.size(), 2);
    EXPECT_STREQ(aosFiles[0], "out.tif");
    EXPECT_STREQ(aosFiles[1], "out.tif.msk");
    const std::string osCopy = NewFolder() + "/copy";
    CPLCopyFile(osCopy.c_str(), osTarget.c_str());
    EXPECT_EQ(ReadText(osCopy), "image");
    VSIRmdirRecursive("/vsimem/output");
}

TEST(OutputFiles, WhatIsNotRenamedOntoIsCopiedFromTheSpillFolder)
{
    const std::string osSpill = NewFolder();
    const std::string osFolder = NewFolder();
    const Config oSpill("RETILE_SPILL_DIR", osSpill.c_str());
    const std::string osTarget = "/vsigzip/" + osFolder + "/out.tif.gz";
    const std::string osImage(3 << 20, 'x');

    {
        Output oOutput(osTarget);

        EXPECT_EQ(oOutput.Path().find(osSpill + "/.out.tif.gz."), 0U);
        oOutput.Write(osImage);
        EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error();
    }
    EXPECT_TRUE(ContentsOf(osSpill).empty());
    const std::string osPlain = osFolder + "/plain";
    CPLCopyFile(osPlain.c_str(), osTarget.c_str());
    EXPECT_TRUE(ReadText(osPlain) == osImage);
}

TEST(OutputFiles, AMissingSpillFolderIsNamed)
{
    const Config oSpill("RETILE_SPILL_DIR", "/gone/spill");

    ExpectNoOutput("/vsistdout/", "/gone/spill");
    ExpectNoOutput("/vsistdout/", "No such file or directory");
}

TEST(OutputFiles, PlacesWhereGdalDoesNotWriteAreRefusedAtOnce)
{
    ExpectNoOutput("/vsicurl/http://localhost/out.tif", "/vsicurl/");
}

TEST(OutputFiles, AStreamTakesOneFileAndNoMaskBesideIt)
{
    Output oOutput("/vsistdout/");

    oOutput.Write("image");
    oOutput.Write("mask", ".msk");
    testing::internal::CaptureStdout();
    EXPECT_EQ(oOutput.Commit(), RT_ERR_IO);
    EXPECT_NE(oOutput.Error().find("out.tif.msk"), std::string::npos);
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(OutputFiles, AStreamGetsTheBytes)
{
    Output oOutput("/vsistdout/");

    oOutput.Write("image");
    oOutput.Write("<PAMDataset/>", ".aux.xml");
    testing::internal::CaptureStdout();
    EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error();
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "image");
}

TEST(OutputFiles, AFailedCopyToATargetDeletesWhatItBegan)
{
    const std::string osFolder = NewFolder();
    Output oOutput("/vsigzip/" + osFolder + "/gone/out.tif.gz");

    oOutput.Write("image");
    EXPECT_EQ(oOutput.Commit(), RT_ERR_IO);
    EXPECT_NE(oOutput.Error().find("out.tif.gz"), std::string::npos);
    EXPECT_TRUE(ContentsOf(osFolder).empty());
}

TEST(OutputFiles, ACommitWaitsForAnotherOneInTheFolder)
{
    const std::string osFolder = NewFolder();
    const int nFolder = open(osFolder.c_str(), O_RDONLY | O_DIRECTORY);
    Output oOutput(osFolder + "/out.tif");

    oOutput.Write("image");
    ASSERT_EQ(flock(nFolder, LOCK_EX), 0);
    std::thread oThread(
        [&]() { EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_FALSE(Exists(osFolder + "/out.tif"));
    close(nFolder);
    oThread.join();
    EXPECT_TRUE(Exists(osFolder + "/out.tif"));
}

TEST(OutputFiles, AChildForkedDuringACommitToMemoryCommitsAsWell)
{
    Output oParents("/vsimem/fork/parents.tif");

    oParents.Write("image");
    ASSERT_EQ(oParents.Lock(), RT_OK) << oParents.Error();
    EXPECT_EQ(InChild(20,
                      [] {
                          Output oOutput("/vsimem/fork/childs.tif");

                          oOutput.Write("image");
                          return oOutput.Commit() == RT_OK;
                      }),
              0);
    EXPECT_EQ(oParents.Commit(), RT_OK) << oParents.Error();
    VSIRmdirRecursive("/vsimem/fork");
}

/* Two outputs commit at the same time, again and again. */
TEST(OutputFiles, FilesOfTwoCopiesNeverMix)
{
    const std::string osFolder = NewFolder();
    const std::string osTarget = osFolder + "/out.tif";
    const std::vector<std::string> aosSuffixes = {"", ".1", ".2", ".3", ".4"};

    for (int i = 0; i < 50; i++) {
        std::atomic<int> nReady{0};
        const auto oWrite = [&](const std::string &osText) {
            Output oOutput(osTarget);

            for (const std::string &osSuffix : aosSuffixes)
                oOutput.Write(osText, osSuffix);
            nReady++;
            while (nReady < 2)
                std::this_thread::yield();
            EXPECT_EQ(oOutput.Commit(), RT_OK) << oOutput.Error();
        };
        std::thread oFirst(oWrite, "first"), oSecond(oWrite, "second");

        oFirst.join();
        oSecond.join();
        const Contents oContents = ContentsOf(osFolder);
        ASSERT_EQ(oContents.size(), aosSuffixes.size());
        for (const auto &oFile : oContents)
            ASSERT_EQ(oFile.second, oContents.at("out.tif"));
    }
}

/* Folders are made and removed at every moment while another one is being
 * made. */
TEST(OutputFiles, NobodyRemovesTheFolderOfAnOutputThatIsAtWork)
{
    const std::string osFolder = NewFolder();
    const std::string osTarget = osFolder + "/out.tif";
    std::vector<std::thread> aoThreads;

    for (int i = 0; i < 8; i++)
        aoThreads.emplace_back([&] {
            for (int j = 0; j < 500; j++) {
                Output oOutput(osTarget);

                oOutput.Write("image");
                std::this_thread::yield();
                EXPECT_EQ(ReadText(oOutput.Path()), "image");
            }
        });
    for (std::thread &oThread : aoThreads)
        oThread.join();
    EXPECT_EQ(ContentsOf(osFolder), Contents{});
}

int SizeOf(const std::string &osPath)
{
    VSIStatBufL sStat;

    return VSIStatL(osPath.c_str(), &sStat) == 0
               ? static_cast<int>(sStat.st_size)
               : -1;
}

TEST(OutputFiles, ALockedOutputKeepsOthersOutOfTheFolderUntilItIsDiscarded)
{
    for (const std::string &osFolder :
         {NewFolder(), std::string("/vsimem/locked")}) {
        auto poFirst = std::make_unique<Output>(osFolder + "/out.tif");
        Output oSecond(osFolder + "/out.tif");
        std::atomic<bool> bCommitted{false};

        poFirst->Write("first");
        oSecond.Write("second");
        ASSERT_EQ(poFirst->Lock(), RT_OK) << poFirst->Error();
        std::thread oThread([&]() {
            EXPECT_EQ(oSecond.Commit(), RT_OK) << oSecond.Error();
            bCommitted = true;
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        EXPECT_FALSE(bCommitted);
        EXPECT_EQ(poFirst->Commit(), RT_OK) << poFirst->Error();
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        EXPECT_FALSE(bCommitted);
        EXPECT_EQ(SizeOf(osFolder + "/out.tif"), 5);
        poFirst.reset();
        oThread.join();
        EXPECT_EQ(SizeOf(osFolder + "/out.tif"), 6);
    }
}

/* Runs write_output with injected faults. */
class OutputUnderFaults : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        const CPLStringList aosOptions(
            ToList({"TILED=YES", "BLOCKXSIZE=256", "BLOCKYSIZE=256",
                    "SPARSE_OK=TRUE", "COMPRESS=LZW"}));

        GDALDatasetUniquePtr(
            GetGDALDriverManager()->GetDriverByName("GTiff")->Create(
                m_osTemplate.c_str(), 768, 256, 1, GDT_Byte,
                aosOptions.List()));
    }

    /* Makes a new folder, with an older dataset or without. */
    std::string Prepare(bool bOlder)
    {
        const std::string osFolder = NewFolder();

        if (bOlder)
            for (const char *pszSuffix : {"", ".msk", ".ovr"})
                WriteText(osFolder + "/out.tif" + pszSuffix,
                          std::string("older") + pszSuffix);
        return osFolder;
    }

    /* The exit status of a run with these variables set. */
    int Run(const std::string &osFolder, const std::string &osVariables,
            const std::string &osPrefix = "")
    {
        return Execute(osFolder, osVariables,
                       m_osTemplate + " " + osPrefix + osFolder +
                           "/out.tif 3 70000 " + osFolder + "/out.tif.ovr");
    }

    int Execute(const std::string &osFolder, const std::string &osVariables,
                const std::string &osArguments)
    {
        const std::string osCommand = osVariables + " TMPDIR=" + TempDir() +
                                      " RETILE_FAULT_UNDER=" + osFolder +
                                      " RETILE_FAULT_COUNTS=" + m_osCounts +
                                      " LD_PRELOAD=" RETILE_FAULTS
                                      " " RETILE_WRITE_OUTPUT " " +
                                      osArguments + " 2>" + m_osMessages;
        const int nStatus = std::system(osCommand.c_str());

        return WIFEXITED(nStatus) ? WEXITSTATUS(nStatus) : -1;
    }

    /* The number of calls of a kind in the last run. */
    int Count(const std::string &osCall)
    {
        std::istringstream oLines(ReadText(m_osCounts));
        std::string osName;
        int nCount = 0;

        while (oLines >> osName >> nCount)
            if (osName == osCall)
                return nCount;
        return -1;
    }

    /* Makes each of the calls fail, each in its own run. If all calls of the
     * kind are needed, the run fails, reports the reason and changes nothing.
     * Otherwise the run may also succeed. */
    void FailEach(const std::string &osCall, const std::string &osMore,
                  const std::string &osReason, bool bNeeded)
    {
        for (const bool bOlder : {false, true}) {
            const std::string osWhole = Prepare(bOlder);
            ASSERT_EQ(Run(osWhole, ""), 0) << ReadText(m_osMessages);
            const Contents oWhole = ContentsOf(osWhole);
            const int nCalls = Count(osCall);

            ASSERT_EQ(oWhole.size(), 2U);
            ASSERT_GT(nCalls, 0);
            for (int i = 1; i <= nCalls; i++) {
                const std::string osFolder = Prepare(bOlder);
                const Contents oBefore = ContentsOf(osFolder);
                const int nStatus =
                    Run(osFolder, "RETILE_FAULT_CALL=" + osCall +
                                      " RETILE_FAULT_AT=" + std::to_string(i) +
                                      " " + osMore);
                const std::string osText = ReadText(m_osMessages);

                SCOPED_TRACE(osCall + " " + std::to_string(i) + ": " + osText);
                EXPECT_EQ(nStatus, bNeeded ? 1 : nStatus);
                EXPECT_LE(nStatus, 1);
                EXPECT_TRUE(ContentsOf(osFolder) ==
                            (nStatus == 0 ? oWhole : oBefore));
                EXPECT_TRUE(nStatus == 0 ||
                            osText.find(osReason) != std::string::npos);
            }
        }
    }

    const std::string m_osTemplate = NewFolder() + "/template.tif";
    const std::string m_osCounts = m_osTemplate + ".counts";
    const std::string m_osMessages = m_osTemplate + ".messages";
};

TEST_F(OutputUnderFaults, EachWriteThatFailsLeavesAllAsItWas)
{
    FailEach("write", "RETILE_FAULT_ERRNO=EIO", "Input/output error", true);
}

TEST_F(OutputUnderFaults, AFullDiskAtEachWriteLeavesAllAsItWas)
{
    FailEach("write", "RETILE_FAULT_LASTS=1", "No space left on device", true);
}

TEST_F(OutputUnderFaults, EachSyncThatFailsLeavesAllAsItWas)
{
    FailEach("sync", "RETILE_FAULT_ERRNO=EIO", "Input/output error", true);
}

TEST_F(OutputUnderFaults, EachRenameThatFailsLeavesAllAsItWas)
{
    FailEach("rename", "", "No space left on device", true);
}

/* Earlier versions of GDAL do not check whether the head of a gzip file was
 * written: one write for each of the two files. */
TEST_F(OutputUnderFaults, AFailedCopyDeletesWhatItBegan)
{
    const std::string osGzip = "/vsigzip/";
    const std::string osPlain = NewFolder();
    const bool bHeadsUnchecked =
        Execute(osPlain, "RETILE_FAULT_CALL=write RETILE_FAULT_AT=1",
                osGzip + osPlain + "/plain") == 0;

    for (const char *pszCall : {"write", "close"}) {
        ASSERT_EQ(Run(Prepare(false), "", osGzip), 0);
        const int nCalls = Count(pszCall);
        int nUnnoticed = 0;

        ASSERT_GE(nCalls, 2);
        for (int i = 1; i <= nCalls; i++) {
            const std::string osFolder = Prepare(false);
            const int nStatus =
                Run(osFolder,
                    std::string("RETILE_FAULT_CALL=") + pszCall +
                        " RETILE_FAULT_AT=" + std::to_string(i),
                    osGzip);

            nUnnoticed += nStatus == 0;
            EXPECT_TRUE(nStatus == 0 || ContentsOf(osFolder).empty());
        }
        EXPECT_EQ(nUnnoticed,
                  EQUAL(pszCall, "write") && bHeadsUnchecked ? 2 : 0);
    }
}

/* Checks what a killed process has left. */
void ExpectOneCopy(bool bOlder, const std::string &osTarget)
{
    const std::string osImage = ReadText(osTarget);
    const std::string osMask = ReadText(osTarget + ".msk");
    const bool bIsOlder = osImage == "older";
    const bool bMissing = osImage == "(missing)";
    const std::string osItsMask = bIsOlder ? "older.msk" : "new";

    EXPECT_FALSE(bOlder && bMissing);
    EXPECT_TRUE(bMissing || osMask == osItsMask ||
                (bOlder && osMask == "(missing)"))
        << osMask;
    EXPECT_TRUE(bIsOlder || bMissing || Open(osTarget) != nullptr);
}

/* The shell returns 128 + 9 for a killed program. */
TEST_F(OutputUnderFaults, AKillLeavesAnImageOfOneCopyWithNothingOfAnother)
{
    for (const bool bOlder : {false, true})
        for (const char *pszCall : {"write", "sync", "close", "rename"}) {
            ASSERT_EQ(Run(Prepare(bOlder), ""), 0);
            const int nCalls = Count(pszCall);

            for (int i = 1; i <= nCalls; i += IsShort() ? 3 : 1) {
                const std::string osFolder = Prepare(bOlder);
                const std::string osTarget = osFolder + "/out.tif";

                SCOPED_TRACE(pszCall + std::to_string(i));
                EXPECT_EQ(Run(osFolder,
                              std::string("RETILE_FAULT_CALL=") + pszCall +
                                  " RETILE_FAULT_ERRNO=KILL RETILE_FAULT_AT=" +
                                  std::to_string(i)),
                          137);
                ExpectOneCopy(bOlder, osTarget);
            }
        }
}

/* Folders are closed too, but a failure there loses nothing. */
TEST_F(OutputUnderFaults, EachCloseThatFailsLeavesAllOldOrAllNew)
{
    FailEach("close", "RETILE_FAULT_ERRNO=EIO", "Input/output error", false);
}

} // namespace
