// SPDX-License-Identifier: Apache-2.0
// The special functions (erf, gamma, Bessel and their kin) over this prelude's exponentials.
#pragma once

#include "arc.h"
#include "circular.h"
#include "exponential.h"
#include "logarithm.h"
#include "power.h"

#define TGC_SPECIAL TGC_INLINE
#define TGC_SPECIAL_LOOP TGC_OUTLINE
#define TGC_INFINITY __builtin_inf()
#define TGC_NAN __builtin_nan("")
#include "../special/special.h"
