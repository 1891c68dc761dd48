/* short_runs.h - how often tests with random cases repeat them. */
#ifndef RETILE_TEST_SHORT_RUNS_H
#define RETILE_TEST_SHORT_RUNS_H

#include <cstdlib>

/* All n cases, or a quarter of them in short runs (RETILE_TEST_SHORT). */
inline int Times(int n)
{
    return std::getenv("RETILE_TEST_SHORT") != nullptr ? (n + 3) / 4 : n;
}

#endif
