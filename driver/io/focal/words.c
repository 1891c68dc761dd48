/* words.c - see words.h. */
#include "io/focal/words.h"

#include <stdlib.h>
#include <string.h>

#include "cpl_conv.h"
#include "cpl_string.h"
#include "io/dataset/gdal_errors.h"
#include "io/dataset/gdal_versions.h"

static const char *const subcommands[] = {"hillshade",    "slope", "aspect",
                                          "color-relief", "TRI",   "TPI",
                                          "roughness",    NULL};

/* Options that are followed by a value. An unknown option counts as a single
 * word, for GDAL to refuse. */
static const char *const with_value[] = {
    "-z",        "--z",      "-alg",    "-s",        "--s",
    "-scale",    "--scale",  "-az",     "--az",      "-azimuth",
    "--azimuth", "-alt",     "--alt",   "-altitude", "--altitude",
    "-xscale",   "--xscale", "-yscale", "--yscale",  NULL};
static const char *const scales[] = {"-s",      "--s",      "-scale",
                                     "--scale", "-xscale",  "--xscale",
                                     "-yscale", "--yscale", NULL};
static const char *const bands[] = {"-b", "--b", NULL};
static const char *const quiet[] = {"-q", "-quiet", "--quiet", NULL};
static const char *const of_command[] = {"-of", "-f", "-co", NULL};

static bool is_one_of(const char *word, const char *const *list)
{
    for (; *list != NULL; list++)
        if (EQUAL(word, *list))
            return true;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word from *at to word, without its quotes, and moves *at past it.
 * False if a quote is not closed. */
static bool take_word(const char **at, char *word)
{
    const char *from = *at;
    char quote = '\0';

    for (; *from != '\0' && (quote != '\0' || !is_space(*from)); from++) {
        const bool escapes =
            *from == '\\' && from[1] != '\0' &&
            (quote == '\0' ||
             (quote == '"' && (from[1] == '"' || from[1] == '\\')));

        if (escapes)
            *word++ = *++from;
        else if (*from == quote)
            quote = '\0';
        else if (quote == '\0' && (*from == '"' || *from == '\''))
            quote = *from;
        else
            *word++ = *from;
    }
    *word = '\0';
    *at = from;
    return quote == '\0';
}

/* The words of text; NULL if a quote is not closed. */
static char **split(const char *text)
{
    char *word = CPLMalloc(strlen(text) + 1);
    char **words = CSLAddString(NULL, "");
    bool closed = true;

    while (closed) {
        while (is_space(*text))
            text++;
        if (*text == '\0')
            break;
        closed = take_word(&text, word);
        words = CSLAddString(words, word);
    }
    CPLFree(word);
    if (!closed) {
        CSLDestroy(words);
        return NULL;
    }
    return CSLRemoveStrings(words, 0, 1, NULL);
}

static enum rt_status set_band(struct rt_focal_words *words, const char *value,
                               struct rt_error *err)
{
    char *end = NULL;
    const long band = value != NULL ? strtol(value, &end, 10) : 0;

    if (band < 1 || band > 65536 || *end != '\0')
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: behind -b goes the number of a band, "
                            "from 1",
                            words->text);
    words->band = (int)band;
    return RT_OK;
}

/* Takes the word list[*i] and its value, if it has one; then *i is the index of
 * the value. */
static enum rt_status take_option(struct rt_focal_words *words, char **list,
                                  int *i, struct rt_error *err)
{
    const char *word = list[*i];

    if (is_one_of(word, of_command))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: %s is an option of the command alone; "
                            "give creation options to the copy of the view",
                            words->text, word);
    if (is_one_of(word, quiet))
        return RT_OK;
    if (is_one_of(word, bands)) {
        const char *value = list[*i + 1];

        *i += value != NULL;
        return set_band(words, value, err);
    }
    words->options = CSLAddString(words->options, word);
    words->scaled = words->scaled || is_one_of(word, scales);
    if (is_one_of(word, with_value) && list[*i + 1] != NULL)
        words->options = CSLAddString(words->options, list[++*i]);
    return RT_OK;
}

static enum rt_status take_words(struct rt_focal_words *words, char **list,
                                 struct rt_error *err)
{
    enum rt_status status = RT_OK;

    if (list == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: a quote is not closed", words->text);
    if (list[0] == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL is empty: write words of gdaldem, such as "
                            "FOCAL=slope -compute_edges");
    words->mode = CPLStrdup(list[0]);
    for (int i = 1; status == RT_OK && list[i] != NULL; i++) {
        if (list[i][0] != '-' && words->color_path == NULL &&
            rt_focal_words_is_relief(words))
            words->color_path = CPLStrdup(list[i]);
        else
            status = take_option(words, list, &i, err);
    }
    if (status == RT_OK && rt_focal_words_is_relief(words) &&
        words->color_path == NULL)
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "FOCAL=%s: color-relief needs the name of a text "
                            "file with colours",
                            words->text);
    return status;
}

enum rt_status rt_focal_words_parse(const char *text,
                                    struct rt_focal_words *words,
                                    struct rt_error *err)
{
    char **list = split(text);
    enum rt_status status;

    memset(words, 0, sizeof(*words));
    words->text = CPLStrdup(text);
    status = take_words(words, list, err);
    CSLDestroy(list);
    return status;
}

void rt_focal_words_free(struct rt_focal_words *words)
{
    CPLFree(words->text);
    CPLFree(words->mode);
    CPLFree(words->color_path);
    CSLDestroy(words->options);
    memset(words, 0, sizeof(*words));
}

bool rt_focal_words_is_relief(const struct rt_focal_words *words)
{
    return EQUAL(words->mode, "color-relief");
}

bool rt_focal_words_is_scaled_mode(const struct rt_focal_words *words)
{
    static const char *const modes[] = {"slope", "hillshade", "shade", NULL};

    return is_one_of(words->mode, modes);
}

enum rt_status rt_focal_words_options(const struct rt_focal_words *words,
                                      CSLConstList more,
                                      GDALDEMProcessingOptions **options,
                                      struct rt_error *err)
{
    /* More options come first. After the words, they could be taken for a
     * missing value. */
    char **list =
        CSLInsertStrings(CSLDuplicate(more), -1, (CSLConstList)words->options);
    const int mode = CSLFindString((CSLConstList)subcommands, words->mode);
    struct rt_gdal_errors errors;

    if (RT_GDAL_DEM_OPTIONS_NAME_THE_MODE && mode >= 0)
        list = CSLInsertString(list, 0, subcommands[mode]);

    rt_gdal_errors_begin(&errors);
    *options = GDALDEMProcessingOptionsNew(list, NULL);
    rt_gdal_errors_end(&errors);
    CSLDestroy(list);
    if (*options != NULL)
        return RT_OK;
    return rt_error_set(err, RT_ERR_ARGUMENT, "FOCAL=%s: %s", words->text,
                        rt_gdal_errors_text(&errors, "GDAL refuses this"));
}
