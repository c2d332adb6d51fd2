// SPDX-License-Identifier: Apache-2.0
// Theano's scalar functions for float and double (and integers where they mean something).
#pragma once

#include "basic.h"
#include "elementary.h"
#include "integer.h"
#include "rounding.h"
