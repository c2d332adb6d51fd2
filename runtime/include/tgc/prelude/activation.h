// SPDX-License-Identifier: Apache-2.0
// Functions of neural networks and information theory as Theano defines them. sigmoid is in
// exponential.h.
#pragma once

#include "exponential.h"
#include "logarithm.h"

// log(1 + e^x) as max(x, 0) + log1p(e^-|x|).
// Max error of tgc_softplus: 1.75 ulp in float, 1.7 ulp in double.
template <class T>
TGC_INLINE T tgc_softplus(T x) {
  const T positive = x > 0 ? x : (T)0;
  const T y = positive + tgc_log1p(tgc_exp(-tgc_abs(x)));
  return x != x ? x : y;
}

// clip(0.2 x + 0.5, 0, 1)
template <class T>
TGC_INLINE T tgc_hard_sigmoid(T x) {
  return tgc_clip((T)0.2 * x + (T)0.5, (T)0, (T)1);
}

// Theano's rational approximation of the sigmoid in three pieces, good to about 0.01.
template <class T>
TGC_INLINE T tgc_ultra_fast_sigmoid(T x) {
  const T half = (T)0.5 * x;
  const T a = tgc_abs(half);
  const T near = (T)1.5 * a / (1 + a);
  const T mid = (T)0.935409070603099 + (T)0.0458812946797165 * (a - (T)1.7);
  const T far = a >= 3 ? (T)0.99505475368673 : mid;
  const T z = a < (T)1.7 ? near : far;
  const T y = (T)0.5 * ((half >= 0 ? z : -z) + 1);
  return x != x ? x : y;
}

// x / (1 + |x|)
template <class T>
TGC_INLINE T tgc_softsign(T x) {
  return x / (1 + tgc_abs(x));
}

// x log x, 0 at 0.
template <class T>
TGC_INLINE T tgc_xlogx(T x) {
  const T y = x * tgc_log(x);
  return x == 0 ? (T)0 : y;
}
// x log y, 0 where x is 0 whatever y.
template <class T>
TGC_INLINE T tgc_xlogy0(T x, T y) {
  const T product = x * tgc_log(y);
  return x == 0 ? (T)0 : product;
}
