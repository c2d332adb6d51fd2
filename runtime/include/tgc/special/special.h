// SPDX-License-Identifier: Apache-2.0
// All special functions; polynomial.h says what must be defined before.
#pragma once

#include "tgc/special/polynomial.h"

#include "tgc/special/tables.h"

#include "tgc/special/bessel.h"
#include "tgc/special/complex.h"
#include "tgc/special/error.h"
#include "tgc/special/gamma.h"

#include "tgc/special/bessel_order.h"
#include "tgc/special/hypergeometric.h"
#include "tgc/special/incomplete.h"
#include "tgc/special/owens.h"

#include "tgc/special/inverse.h"
