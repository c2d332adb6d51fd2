// SPDX-License-Identifier: Apache-2.0
// random_chisquare and others: more of NumPy's distributions, as in random_draws.cpp.
#include "ops/random_draws.h"

namespace tgc {
namespace {

constexpr DrawRow kChisquare{"chisquare",
                             "ChiSquareRV",
                             1,
                             1,
                             0,
                             "Samples of the chi-squared distribution with the degrees of freedom "
                             "in the second input (1): the new state and the sample."};
constexpr DrawRow kF{
    "f",
    "FRV",
    2,
    1,
    1,
    "Samples of the F distribution with the degrees of freedom above in the second input (1) and "
    "those below in the third (1): the new state and the sample."};
constexpr DrawRow kNegativeBinomial{
    "negative_binomial",
    "NegBinomialRV",
    2,
    1,
    0.5,
    "How many trials fail before n succeed: n, any number above 0, is the second input (1), the "
    "probability of success the third (0.5): the new state and the sample."};
constexpr DrawRow kPower{"power",
                         "PowerRV",
                         1,
                         1,
                         0,
                         "Samples between 0 and 1 with a density like the power a - 1 of the "
                         "value, with a in the second input (1): the new state and the sample."};
constexpr DrawRow kRayleigh{"rayleigh",
                            "RayleighRV",
                            1,
                            1,
                            0,
                            "Samples of Rayleigh's distribution with the mode in the second input "
                            "(1): the new state and the sample."};
constexpr DrawRow kVonmises{
    "vonmises",
    "VonMisesRV",
    2,
    0,
    1,
    "Angles of Von Mises's distribution with the centre in the second input (0) and the "
    "concentration in the third (1): the new state and the sample."};
constexpr DrawRow kWald{
    "wald",
    "WaldRV",
    2,
    1,
    1,
    "Samples of Wald's distribution (the inverse Gaussian) with the mean in the second input (1) "
    "and the scale in the third (1): the new state and the sample."};
constexpr DrawRow kWeibull{"weibull",
                           "WeibullRV",
                           1,
                           1,
                           0,
                           "Samples of Weibull's distribution of scale 1 with the shape in the "
                           "second input (1): the new state and the sample."};
constexpr DrawRow kZipf{"zipf",
                        "ZipfRV",
                        1,
                        2,
                        0,
                        "Integers from 1 with probabilities like the power -a of the integer, with "
                        "a, above 1, in the second input (2): the new state and the sample."};

// Above 1, where samples fit in int32.
#define TGC_EXPONENT R"("dtype": "float64", "low": 3, "high": 5)"

}  // namespace

std::vector<OpDef> random_draws_derived_ops() {
  return {
      random_op<kChisquare>(
          "random_chisquare",
          TGC_EXAMPLES("random_chisquare", R"(, "a")", TGC_FIRST(TGC_POSITIVE), R"("float32")")),
      random_op<kF>("random_f",
                    TGC_EXAMPLES("random_f", R"(, "a", "b")",
                                 TGC_FIRST(TGC_POSITIVE) TGC_SECOND(TGC_POSITIVE), R"("float32")")),
      random_op<kNegativeBinomial>(
          "random_nbinom",
          TGC_EXAMPLES("random_nbinom", R"(, "a", "b")",
                       TGC_FIRST(TGC_POSITIVE) TGC_SECOND(TGC_CHANCE), R"("int32")")),
      random_op<kPower>("random_power", TGC_EXAMPLES("random_power", R"(, "a")",
                                                     TGC_FIRST(TGC_POSITIVE), R"("float32")")),
      random_op<kRayleigh>(
          "random_rayleigh",
          TGC_EXAMPLES("random_rayleigh", R"(, "a")", TGC_FIRST(TGC_POSITIVE), R"("float32")")),
      random_op<kVonmises>(
          "random_vonmises",
          TGC_EXAMPLES("random_vonmises", R"(, "a", "b")",
                       TGC_FIRST(TGC_ANY) TGC_SECOND(TGC_POSITIVE), R"("float32")")),
      random_op<kWald>("random_wald", TGC_EXAMPLES("random_wald", R"(, "a", "b")",
                                                   TGC_FIRST(TGC_POSITIVE) TGC_SECOND(TGC_POSITIVE),
                                                   R"("float32")")),
      random_op<kWeibull>("random_weibull", TGC_EXAMPLES("random_weibull", R"(, "a")",
                                                         TGC_FIRST(TGC_POSITIVE), R"("float32")")),
      random_op<kZipf>("random_zipf", TGC_EXAMPLES("random_zipf", R"(, "a")",
                                                   TGC_FIRST(TGC_EXPONENT), R"("int32")"))};
}

#undef TGC_EXPONENT

}  // namespace tgc
