// SPDX-License-Identifier: Apache-2.0
// Compiled with -nostdinc: the prelude and the contraction header bring all they need.
#include "tgc/kernel_prelude.h"
#include "tgc/prelude/contraction.h"

float prelude_self_contained(float x) {
  return tgc_exp(x);
}
