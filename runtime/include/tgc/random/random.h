// SPDX-License-Identifier: Apache-2.0
// All of tgc/random. Who includes it defines TGC_DRAW (what functions are declared with),
// TGC_DRAW_INFINITY and, as tgc_c_…, the C library's exp, floor, log, log1p, pow and sqrt.
#pragma once

#include "generators.h"
#include "ziggurat.h"
// what follows needs these
#include "continuous.h"
#include "discrete.h"
// and these
#include "draw.h"
