// SPDX-License-Identifier: Apache-2.0
// What generated CPU kernels include: integer names, scalar functions, float16 storage, reductions.
// No system header is included, so that an empty kernel compiles in a blink. Contractions are
// asked for on their own: "tgc/prelude/contraction.h".
// Compile with -ffp-contract=off: fused multiply-adds are written where they are wanted, so that
// results are bit-equal between x86-64-v3 and x86-64-v4.
#pragma once

#include "prelude/basic.h"
#include "prelude/half.h"
#include "prelude/reduce.h"
#include "prelude/scalar.h"
