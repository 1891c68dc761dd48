/* cached.c - reads of cached blocks: RETILE against GDAL's own cache.
 *
 *   cmake --build build/dev --target bench_cached
 *   GDAL_DRIVER_PATH=build/release build/dev/autotest/bench_cached \
 *       [FOLDER [READS]]
 *
 * Makes a GeoTIFF of 8192x2048x3 bytes in tiles of 512x512 in FOLDER (or
 * /tmp). Reads it once through each, and then windows at random places, in
 * turns: all kinds of reads, or those whose names contain READS. Prints MB/s of
 * both and the median of the ratios of the turns. For threads, it compares two
 * on one handle with one.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cpl_conv.h"
#include "cpl_multiproc.h"
#include "cpl_string.h"
#include "cpl_vsi.h"
#include "gdal.h"

#define WIDTH 8192
#define HEIGHT 2048
#define BANDS 3
#define ROUNDS 9
#define ROUND_BYTES (UINT64_C(192) << 20)

struct reads {
    const char *name;
    int w_px, h_px, n_bands;
    int step_px; /* windows start at multiples of it */
    bool by_pixel;
};

static const struct reads all_reads[] = {
    {"512x512x3 pixel, aligned", 512, 512, 3, 512, true},
    {"512x512x3 pixel, anywhere", 512, 512, 3, 1, true},
    {"512x512x3 band, aligned", 512, 512, 3, 512, false},
    {"512x512x3 band, anywhere", 512, 512, 3, 1, false},
    {"512x512x1, aligned", 512, 512, 1, 512, false},
    {"512x512x1, anywhere", 512, 512, 1, 1, false},
    {"64x64x1, aligned", 64, 64, 1, 64, false},
    {"64x64x1, anywhere", 64, 64, 1, 1, false},
    {"8192x1x1", 8192, 1, 1, 1, false},
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
    fprintf(stderr, "cached: %s: %s\n", what, CPLGetLastErrorMsg());
    exit(1);
}

/* Bytes that differ between all rows and bands. */
static void make_scene(const char *path)
{
    char **options = CSLSetNameValue(NULL, "TILED", "YES");
    unsigned char *row = CPLMalloc(WIDTH);
    GDALDatasetH scene;

    options = CSLSetNameValue(options, "BLOCKXSIZE", "512");
    options = CSLSetNameValue(options, "BLOCKYSIZE", "512");
    scene = GDALCreate(GDALGetDriverByName("GTiff"), path, WIDTH, HEIGHT, BANDS,
                       GDT_Byte, options);
    if (scene == NULL)
        fail("cannot make the scene");
    for (int band = 1; band <= BANDS; band++)
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x++)
                row[x] = (unsigned char)(x * band + y * 7 + (x >> 8));
            if (GDALRasterIO(GDALGetRasterBand(scene, band), GF_Write, 0, y,
                             WIDTH, 1, row, WIDTH, 1, GDT_Byte, 0,
                             0) != CE_None)
                fail("cannot write the scene");
        }
    GDALClose(scene);
    CPLFree(row);
    CSLDestroy(options);
}

static void read_one(GDALDatasetH dataset, const struct reads *reads, int x,
                     int y, unsigned char *buffer)
{
    CPLErr failed;

    if (reads->n_bands == 1)
        failed = GDALRasterIO(GDALGetRasterBand(dataset, 1), GF_Read, x, y,
                              reads->w_px, reads->h_px, buffer, reads->w_px,
                              reads->h_px, GDT_Byte, 0, 0);
    else
        failed = GDALDatasetRasterIO(
            dataset, GF_Read, x, y, reads->w_px, reads->h_px, buffer,
            reads->w_px, reads->h_px, GDT_Byte, reads->n_bands, NULL,
            reads->by_pixel ? reads->n_bands : 0,
            reads->by_pixel ? reads->n_bands * reads->w_px : 0,
            reads->by_pixel ? 1 : 0);
    if (failed != CE_None)
        fail("cannot read");
}

static uint64_t count_reads(const struct reads *reads)
{
    return ROUND_BYTES / ((uint64_t)reads->w_px * (uint64_t)reads->h_px *
                          (uint64_t)reads->n_bands);
}

struct job {
    GDALDatasetH dataset;
    const struct reads *reads;
    unsigned seed;
};

static int place(unsigned *seed, int size_px, int window_px, int step_px)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (int)((*seed >> 8) %
                 (unsigned)((size_px - window_px) / step_px + 1)) *
           step_px;
}

static void *run(void *context)
{
    struct job *job = context;
    const struct reads *reads = job->reads;
    unsigned char *buffer =
        CPLMalloc((size_t)reads->w_px * (size_t)reads->h_px * BANDS);

    for (uint64_t n = count_reads(reads); n > 0; n--) {
        const int x = place(&job->seed, WIDTH, reads->w_px, reads->step_px);
        const int y = place(&job->seed, HEIGHT, reads->h_px, reads->step_px);

        read_one(job->dataset, reads, x, y, buffer);
    }
    CPLFree(buffer);
    return NULL;
}

/* Bytes per second of n_threads threads that each do a round. */
static double rate(GDALDatasetH dataset, const struct reads *reads,
                   int n_threads)
{
    struct job jobs[2] = {{dataset, reads, 1}, {dataset, reads, 2}};
    pthread_t threads[2];
    const double start = now();

    for (int i = 1; i < n_threads; i++)
        if (pthread_create(&threads[i], NULL, run, &jobs[i]) != 0)
            fail("cannot start a thread");
    (void)run(&jobs[0]);
    for (int i = 1; i < n_threads; i++)
        pthread_join(threads[i], NULL);
    return (double)ROUND_BYTES * n_threads / (now() - start);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values)
{
    qsort(values, ROUNDS, sizeof(*values), compare);
    return values[ROUNDS / 2];
}

static void measure(GDALDatasetH plain, GDALDatasetH view,
                    const struct reads *reads)
{
    double theirs[ROUNDS], ours[ROUNDS], ratios[ROUNDS], both[ROUNDS];

    (void)rate(plain, reads, 1);
    (void)rate(view, reads, 1);
    for (int i = 0; i < ROUNDS; i++) {
        theirs[i] = rate(plain, reads, 1);
        ours[i] = rate(view, reads, 1);
        both[i] = rate(view, reads, 2) / ours[i];
        ratios[i] = ours[i] / theirs[i];
    }
    printf("%-26s %9.0f %9.0f %7.2f %10.2f\n", reads->name,
           median(theirs) / 1e6, median(ours) / 1e6, median(ratios),
           median(both));
    fflush(stdout);
}

static GDALDatasetH open_whole(const char *name)
{
    const struct reads rows = {"", WIDTH, 512, BANDS, 512, false};
    GDALDatasetH dataset = GDALOpenEx(
        name, GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR, NULL, NULL, NULL);
    unsigned char *buffer = CPLMalloc((size_t)WIDTH * 512 * BANDS);

    if (dataset == NULL)
        fail("cannot open");
    for (int y = 0; y < HEIGHT; y += 512)
        read_one(dataset, &rows, 0, y, buffer);
    CPLFree(buffer);
    return dataset;
}

int main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "/tmp";
    char *path, *name;

    CPLSetConfigOption("GDAL_CACHEMAX", "512");
    CPLSetConfigOption("RETILE_CACHEMAX", "512MB");
    GDALAllRegister();
    path = CPLStrdup(CPLSPrintf("%s/cached-%d.tif", folder, (int)CPLGetPID()));
    name = CPLStrdup(CPLSPrintf("RETILE:%s", path));
    make_scene(path);
    GDALDatasetH plain = open_whole(path), view = open_whole(name);
    VSIUnlink(path);
    printf("%-26s %9s %9s %7s %10s\n", "", "GDAL MB/s", "ours MB/s", "ratio",
           "2 threads");
    for (size_t i = 0; i < sizeof(all_reads) / sizeof(*all_reads); i++)
        if (argc <= 2 || strstr(all_reads[i].name, argv[2]) != NULL)
            measure(plain, view, &all_reads[i]);
    GDALClose(view);
    GDALClose(plain);
    CPLFree(name);
    CPLFree(path);
    return 0;
}
