// SPDX-License-Identifier: Apache-2.0
// All of tgc/random. Who includes it defines TGC_DRAW (what functions are declared with),
// TGC_DRAW_INFINITY and, as tgc_c_…, the C library's acos, cos, exp, expm1, floor, fmod, log,
// log1p, pow and sqrt.
#pragma once

#include "generators.h"
#include "ziggurat.h"
// what follows needs these
#include "continuous.h"
#include "discrete.h"
// and so on
#include "derived.h"
#include "hypergeometric.h"
// and all of these
#include "draw.h"
#include "rows.h"
