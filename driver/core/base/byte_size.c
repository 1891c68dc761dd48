/* byte_size.c - sizes as users write them.
 *
 * The number is read digit by digit. strtod would use the locale's decimal sign
 * and accept "inf", "0x10" and "1e9".
 */
#include "core/base/byte_size.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct number {
    double value;
    bool has_fraction;
};

static const char *skip_spaces(const char *s)
{
    while (*s == ' ')
        s++;
    return s;
}

/* Reads digits with an optional fraction. NULL if there is no digit. */
static const char *read_number(const char *s, struct number *number)
{
    double scale = 1.0;

    number->value = 0.0;
    number->has_fraction = false;
    if (!isdigit((unsigned char)*s))
        return NULL;
    for (; isdigit((unsigned char)*s); s++)
        number->value = number->value * 10.0 + (*s - '0');
    if (*s != '.')
        return s;
    number->has_fraction = true;
    if (!isdigit((unsigned char)*++s))
        return NULL;
    for (; isdigit((unsigned char)*s); s++) {
        scale /= 10.0;
        number->value += scale * (*s - '0');
    }
    return s;
}

static bool equal_no_case(const char *a, const char *b)
{
    for (; *a != '\0' && *b != '\0'; a++, b++)
        if (toupper((unsigned char)*a) != toupper((unsigned char)*b))
            return false;
    return *a == *b;
}

/* Bytes in one of unit, or 0 if the unit is unknown. */
static double unit_bytes(const char *unit, uint64_t usable_ram_bytes)
{
    static const char letters[] = "KMG";
    char with_b[3] = "xB";

    if (*unit == '\0')
        return 1.0;
    if (strcmp(unit, "%") == 0)
        return (double)usable_ram_bytes / 100.0;
    for (int i = 0; letters[i] != '\0'; i++) {
        const char alone[2] = {letters[i], '\0'};

        with_b[0] = letters[i];
        if (equal_no_case(unit, alone) || equal_no_case(unit, with_b))
            return (double)(UINT64_C(1) << (10 * (i + 1)));
    }
    return 0.0;
}

enum rt_status rt_byte_size_parse(const char *name, const char *text,
                                  uint64_t usable_ram_bytes, uint64_t *bytes,
                                  struct rt_error *err)
{
    struct number number;
    char unit[4] = "";
    const char *rest = read_number(skip_spaces(text), &number);
    double unit_size = 0.0;

    if (rest != NULL) {
        size_t length = strlen(rest = skip_spaces(rest));

        while (length > 0 && rest[length - 1] == ' ')
            length--;
        if (length < sizeof(unit)) {
            memcpy(unit, rest, length);
            unit[length] = '\0';
            unit_size = unit_bytes(unit, usable_ram_bytes);
        }
    }
    if (!(unit_size > 0.0) || (unit[0] == '\0' && number.has_fraction) ||
        (unit[0] == '%' && number.value > 100.0))
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s=%s is not a size: write a whole number of "
                            "bytes, or a number with KB, MB or GB, or a "
                            "percentage of the RAM such as 5%%",
                            name, text);
    if (number.value * unit_size >= 9223372036854775808.0)
        return rt_error_set(err, RT_ERR_RANGE,
                            "%s=%s is more than any memory holds", name, text);
    *bytes = (uint64_t)(number.value * unit_size);
    return RT_OK;
}

enum rt_status rt_cache_size_parse(const char *name, const char *text,
                                   uint64_t usable_ram_bytes, uint64_t *bytes,
                                   struct rt_error *err)
{
    uint64_t parsed;
    enum rt_status status =
        rt_byte_size_parse(name, text, usable_ram_bytes, &parsed, err);

    if (status != RT_OK)
        return status;
    if (parsed > 0 && parsed < RT_CACHE_MIN_BYTES) {
        const char *number = skip_spaces(text);
        const bool bare = strspn(number, "0123456789 ") == strlen(number);

        if (bare)
            return rt_error_set(err, RT_ERR_ARGUMENT,
                                "%s: %llu is %llu bytes; write %lluMB. The "
                                "smallest cache is 1MB; 0 means none",
                                name, (unsigned long long)parsed,
                                (unsigned long long)parsed,
                                (unsigned long long)parsed);
        return rt_error_set(err, RT_ERR_ARGUMENT,
                            "%s=%s is %llu bytes; the smallest cache is 1MB, "
                            "and 0 means none",
                            name, text, (unsigned long long)parsed);
    }
    *bytes = parsed;
    return RT_OK;
}
