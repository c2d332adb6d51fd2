// SPDX-License-Identifier: Apache-2.0
// All scalar functions: tgc_<name of Theano's scalar op>, overloaded by type. They are branch-free
// and call nothing (but tgc_mod of floating point, tgc_pow of integers and the special functions of
// two arguments), so that a plain loop
// marked `#pragma omp simd` vectorises, and follow IEEE for NaN, infinities, zeros and subnormals.
#pragma once

#include "activation.h"
#include "arc.h"
#include "circular.h"
#include "exponential.h"
#include "hyperbolic.h"
#include "integer.h"
#include "logarithm.h"
#include "power.h"
#include "rounding.h"
#include "special.h"
