/* main.cpp - runs the tests of the driver, which is linked in without the
 * plugin. */
#include <cstdio>
#include <cstdlib>

#include "helper.h"

extern "C" void GDALRegister_RETILE();

int main(int argc, char **argv)
{
    ::testing::InitGoogleTest(&argc, argv);
    char szDir[] = "/tmp/retile_gdal_XXXXXX";
    char *pszReal = mkdtemp(szDir) ? realpath(szDir, nullptr) : nullptr;

    if (pszReal == nullptr) {
        perror("mkdtemp");
        return 1;
    }
    SetTempDir(pszReal);
    free(pszReal);
    GDALRegister_RETILE(); /* first, like a plugin */
    GDALAllRegister();
    RegisterCounting();
    const int nResult = RUN_ALL_TESTS();
    VSIRmdirRecursive(TempDir().c_str());
    GDALDestroyDriverManager();
    return nResult;
}
