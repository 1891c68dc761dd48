/* fuzz_main.cpp - runs a fuzz target without libFuzzer: on a folder of seeds,
 * and on mutants of them that follow from a number.
 *
 *   fuzz_NAME FOLDER [RUNS [NUMBER]]
 *   fuzz_NAME FILE
 *
 * The last input is in fuzz_NAME.input in the working folder. It stays there if
 * it makes the process end.
 */
#include <algorithm>
#include <random>
#include <vector>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "fuzz.h"

using Bytes = std::vector<GByte>;

static Bytes Read(const std::string &osPath)
{
    GByte *pabyData = nullptr;
    vsi_l_offset nSize = 0;

    FuzzExpect(VSIIngestFile(nullptr, osPath.c_str(), &pabyData, &nSize,
                             1 << 28) == TRUE,
               osPath.c_str());
    const Bytes abyFile(pabyData, pabyData + nSize);
    CPLFree(pabyData);
    return abyFile;
}

/* Sorted, so that the order does not depend on the file system. */
static std::vector<Bytes> ReadSeeds(const std::string &osFolder)
{
    const CPLStringList aosNames(VSIReadDir(osFolder.c_str()));
    std::vector<std::string> aosSorted;
    std::vector<Bytes> aabySeeds;

    for (int i = 0; i < aosNames.size(); i++)
        if (aosNames[i][0] != '.')
            aosSorted.push_back(aosNames[i]);
    std::sort(aosSorted.begin(), aosSorted.end());
    for (const std::string &osName : aosSorted)
        aabySeeds.push_back(Read(osFolder + "/" + osName));
    return aabySeeds;
}

/* Overwrites, inserts, removes or cuts off bytes, mostly near the start. */
static void MutateOnce(Bytes &abyFile, const Bytes &abyOther,
                       std::mt19937 &oRandom)
{
    const auto Below = [&](size_t n) { return oRandom() % n; };
    static const GByte abyTelling[] = {0, 1, 0x7F, 0x80, 0xFE, 0xFF, 0x90};
    const size_t nReach = Below(2) == 0 ? 300 : abyFile.size();
    const size_t nAt = Below(std::min(nReach, abyFile.size()));
    const auto itAt = abyFile.begin() + static_cast<std::ptrdiff_t>(nAt);
    const size_t nRun = std::min(1 + Below(16), abyFile.size() - nAt);

    switch (Below(7)) {
    case 0:
        *itAt = static_cast<GByte>(oRandom());
        break;
    case 1:
        *itAt ^= static_cast<GByte>(1u << Below(8));
        break;
    case 2:
        *itAt = abyTelling[Below(sizeof(abyTelling))];
        break;
    case 3:
        abyFile.erase(itAt, itAt + static_cast<std::ptrdiff_t>(nRun));
        break;
    case 4:
        abyFile.insert(itAt, nRun, abyTelling[Below(sizeof(abyTelling))]);
        break;
    case 5: {
        const size_t nFrom = Below(abyOther.size());
        const size_t n = std::min(nRun, abyOther.size() - nFrom);
        std::copy_n(abyOther.begin() + static_cast<std::ptrdiff_t>(nFrom), n,
                    itAt);
        break;
    }
    default:
        if (Below(8) == 0)
            abyFile.resize(nAt + 1);
    }
    if (abyFile.empty())
        abyFile.push_back(0);
}

static void Keep(const std::string &osPath, const Bytes &abyFile)
{
    std::FILE *fp = std::fopen(osPath.c_str(), "wb");

    FuzzExpect(fp != nullptr, "the input can be kept");
    FuzzExpect(std::fwrite(abyFile.data(), 1, abyFile.size(), fp) ==
                   abyFile.size(),
               "the input can be kept");
    std::fclose(fp);
}

int main(int nArguments, char **papszArguments)
{
    FuzzExpect(nArguments > 1, "a folder or a file is given");
    const std::string osInput =
        std::string(CPLGetBasename(papszArguments[0])) + ".input";
    const std::string osSeeds = papszArguments[1];
    const int nRuns = nArguments > 2 ? std::atoi(papszArguments[2]) : 0;
    std::mt19937 oRandom(static_cast<std::mt19937::result_type>(
        nArguments > 3 ? std::atoi(papszArguments[3]) : 1));
    VSIStatBufL sStat;

    LLVMFuzzerInitialize(&nArguments, &papszArguments);
    const bool bFolder =
        VSIStatL(osSeeds.c_str(), &sStat) == 0 && VSI_ISDIR(sStat.st_mode) != 0;
    const std::vector<Bytes> aabySeeds =
        bFolder ? ReadSeeds(osSeeds) : std::vector<Bytes>{Read(osSeeds)};
    FuzzExpect(!aabySeeds.empty(), "there are seeds");

    const auto Run = [&](const Bytes &abyFile) {
        Keep(osInput, abyFile);
        LLVMFuzzerTestOneInput(abyFile.data(), abyFile.size());
    };
    for (const Bytes &abySeed : aabySeeds)
        Run(abySeed);
    for (int i = 0; i < nRuns; i++) {
        Bytes abyFile = aabySeeds[oRandom() % aabySeeds.size()];

        for (size_t n = 1 + oRandom() % 4; n > 0; n--)
            MutateOnce(abyFile, aabySeeds[oRandom() % aabySeeds.size()],
                       oRandom);
        Run(abyFile);
    }
    std::remove(osInput.c_str());
    std::printf("%d seeds and %d mutants\n", static_cast<int>(aabySeeds.size()),
                nRuns);
    return 0;
}
