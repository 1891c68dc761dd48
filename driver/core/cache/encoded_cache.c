/* encoded_cache.c - see encoded_cache.h.
 *
 * A unit is a cache entry whose column is the unit's number. While missing
 * units are being fetched, they are an in-flight read.
 */
#include "core/cache/encoded_cache.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/checked.h"
#include "core/base/clock.h"
#include "core/cache/in_flight.h"
#include "core/spill/cost.h"

#define SHARE 4 /* pinned units take a quarter of the budget at most */

struct rt_encoded_cache {
    /* Fixed after create. */
    struct rt_block_cache *cache;
    struct rt_identity *identity;
    enum rt_spill spill;
};

struct rt_encoded_cache *rt_encoded_cache_create(struct rt_block_cache *cache,
                                                 struct rt_identity *identity,
                                                 enum rt_spill spill)
{
    struct rt_encoded_cache *encoded = calloc(1, sizeof(*encoded));

    if (encoded == NULL)
        return NULL;
    encoded->cache = cache;
    encoded->identity = rt_identity_ref(identity);
    encoded->spill = spill == RT_SPILL_MEMORY ? RT_SPILL_NONE : spill;
    return encoded;
}

void rt_encoded_cache_destroy(struct rt_encoded_cache *encoded)
{
    if (encoded == NULL)
        return;
    rt_identity_unref(encoded->identity);
    free(encoded);
}

static struct rt_block_key key_of(const struct rt_encoded_cache *encoded,
                                  int32_t number)
{
    return (struct rt_block_key){encoded->identity, 0, 0, number, 0,
                                 RT_WHOLE_BLOCK};
}

int32_t rt_encoded_cache_fit(const struct rt_encoded_cache *encoded,
                             const struct rt_encoded_unit *units,
                             int32_t n_units)
{
    uint64_t bytes = 0, in_all;
    int32_t n = 0;

    while (n < n_units && rt_add_u64(bytes, units[n].n_bytes, &bytes) &&
           rt_mul_u64(bytes, SHARE, &in_all) &&
           rt_block_cache_could_hold(encoded->cache, in_all))
        n++;
    return n;
}

/* Pins the units that are cached and not pinned yet. Returns how many are
 * missing. */
static int32_t pin_those_there(struct rt_encoded_cache *encoded,
                               struct rt_encoded_unit *units, int32_t n_units)
{
    int32_t n_missing = 0;

    for (int32_t i = 0; i < n_units; i++) {
        const struct rt_block_key key = key_of(encoded, units[i].number);

        if (units[i].block == NULL)
            units[i].block = rt_block_cache_pin(encoded->cache, &key);
        if (units[i].block == NULL)
            n_missing++;
    }
    return n_missing;
}

/* Creates entries for the missing units. Returns how many bytes to fetch. */
static uint64_t make_room(struct rt_encoded_cache *encoded,
                          struct rt_encoded_unit *units, int32_t n_units)
{
    uint64_t bytes = 0;

    for (int32_t i = 0; i < n_units; i++) {
        const struct rt_block_key key = key_of(encoded, units[i].number);

        if (units[i].block != NULL)
            continue;
        units[i].block =
            rt_block_cache_create_block(encoded->cache, &key, units[i].n_bytes);
        units[i].wanted = units[i].block != NULL;
        if (units[i].wanted)
            bytes += units[i].n_bytes;
    }
    return bytes;
}

/* byte_ns: how long fetching one byte took. */
static void publish(struct rt_encoded_cache *encoded,
                    struct rt_encoded_unit *unit, double byte_ns)
{
    const struct rt_block_cost cost = {
        .spill = encoded->spill,
        .px_bytes = 1,
        .decode_ns = (uint64_t)(byte_ns * (double)unit->n_bytes),
        .encoded = true};

    unit->wanted = false;
    if (unit->loaded) {
        rt_block_set_cost(unit->block, &cost);
        rt_block_cache_publish(encoded->cache, unit->block, true);
    } else {
        rt_block_cache_unpin(encoded->cache, unit->block);
        unit->block = NULL;
    }
}

/* Called while no other thread can fetch the missing units. */
static void fetch(struct rt_encoded_cache *encoded,
                  struct rt_encoded_unit *units, int32_t n_units,
                  const struct rt_byte_loader *loader)
{
    const uint64_t bytes = make_room(encoded, units, n_units);
    const uint64_t start_ns = rt_now_ns();
    double byte_ns = 0;

    if (bytes > 0) {
        loader->load(loader->context, units, n_units);
        byte_ns = (double)(rt_now_ns() - start_ns) / (double)bytes;
    }
    for (int32_t i = 0; i < n_units; i++)
        if (units[i].wanted)
            publish(encoded, &units[i], byte_ns);
}

/* Size of the range of numbers from the first unit to the last. */
static int32_t count_numbers(const struct rt_encoded_unit *units,
                             int32_t n_units)
{
    return units[n_units - 1].number - units[0].number + 1;
}

/* need has one byte for each number, starting with the first unit's. */
static struct rt_in_flight_request
request_for(const struct rt_encoded_cache *encoded,
            const struct rt_encoded_unit *units, int32_t n_units,
            unsigned char *need)
{
    const int32_t first = units[0].number;
    const int32_t n_numbers = count_numbers(units, n_units);

    memset(need, 0, (size_t)n_numbers);
    for (int32_t i = 0; i < n_units; i++)
        need[units[i].number - first] = units[i].block == NULL;
    return (struct rt_in_flight_request){
        .identity = encoded->identity,
        .cache = encoded->cache,
        .source_blocks = {first, 0, n_numbers, 1},
        .need = need};
}

/* Fetches what is missing, or waits for the thread that fetches it. Returns
 * false if the caller must look again. Units stay pinned during the wait; that
 * is safe, because a thread that fetches waits for no pins. */
static bool load_alone(struct rt_encoded_cache *encoded,
                       struct rt_encoded_unit *units, int32_t n_units,
                       unsigned char *need, const struct rt_byte_loader *loader)
{
    const struct rt_in_flight_request request =
        request_for(encoded, units, n_units, need);
    struct rt_in_flight *read;
    struct rt_error err;

    switch (rt_in_flight_begin(&request, &read)) {
    case RT_IN_FLIGHT_BUSY: /* cannot fail: it ends without an error */
        return rt_in_flight_wait(read, &request, &request.source_blocks,
                                 &err) != RT_OK;
    case RT_IN_FLIGHT_BEGUN:
        if (pin_those_there(encoded, units, n_units) > 0)
            fetch(encoded, units, n_units, loader);
        rt_in_flight_end(read, NULL, NULL);
        break;
    case RT_IN_FLIGHT_NO_MEMORY:
        break;
    }
    return true;
}

void rt_encoded_cache_take(struct rt_encoded_cache *encoded,
                           struct rt_encoded_unit *units, int32_t n_units,
                           const struct rt_byte_loader *loader)
{
    unsigned char *need = NULL;
    bool done = false;

    for (int32_t i = 0; i < n_units; i++) {
        units[i].block = NULL;
        units[i].wanted = units[i].loaded = false;
    }
    while (!done && pin_those_there(encoded, units, n_units) > 0) {
        if (need == NULL)
            need = malloc((size_t)count_numbers(units, n_units));
        done =
            need == NULL || load_alone(encoded, units, n_units, need, loader);
    }
    free(need);
}

void rt_encoded_cache_give_back(struct rt_encoded_cache *encoded,
                                struct rt_encoded_unit *units, int32_t n_units)
{
    for (int32_t i = 0; i < n_units; i++) {
        if (units[i].block != NULL)
            rt_block_cache_unpin(encoded->cache, units[i].block);
        units[i].block = NULL;
    }
}

void rt_encoded_cache_drop(struct rt_encoded_cache *encoded, int32_t number)
{
    const struct rt_block_key key = key_of(encoded, number);

    rt_block_cache_drop(encoded->cache, &key);
}
