/* precompiled.h - what most tests of the core include, compiled once. No test
 * depends on it: each includes what it needs. */
#ifndef RETILE_TEST_PRECOMPILED_H
#define RETILE_TEST_PRECOMPILED_H

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#endif
