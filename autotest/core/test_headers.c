/* Every header of the core, as C11; see test_headers.cpp. */
#include "core/block_cache.h"
#include "core/budget.h"
#include "core/byte_size.h"
#include "core/checked.h"
#include "core/copy_axis.h"
#include "core/copy_plan.h"
#include "core/copy_plan_internal.h"
#include "core/fill.h"
#include "core/fill_internal.h"
#include "core/grid.h"
#include "core/identity.h"
#include "core/interleave.h"
#include "core/source.h"
#include "core/stats.h"
#include "core/status.h"
#include "core/view.h"
#include "core/view_internal.h"

#include "header_sizes.h"

const size_t header_sizes_in_c[HEADER_SIZES] = {HEADER_SIZE_LIST};
