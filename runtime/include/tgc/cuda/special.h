// SPDX-License-Identifier: Apache-2.0
// The special functions (erf, gamma, Bessel and their kin) over CUDA's exponentials.
#pragma once

#include "tgc/cuda/math.h"

#define TGC_SPECIAL TGC_DEVICE
#define TGC_SPECIAL_LOOP TGC_DEVICE_LOOP
#define TGC_INFINITY __longlong_as_double(0x7ff0000000000000ll)
#define TGC_NAN __longlong_as_double(0x7ff8000000000000ll)
#include "tgc/special/special.h"
