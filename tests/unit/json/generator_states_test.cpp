// SPDX-License-Identifier: Apache-2.0
// States made from a seed: those of NumPy 2.4 and Theano 1.0.5, word for word.
#include "json/generator_states.h"

#include <catch2/catch.hpp>

namespace tgc {
namespace {

using Words = std::vector<uint64_t>;

template <class T>
Words words_of(const Tensor& state) {
  return Words(state.data<T>(), state.data<T>() + state.size());
}

Words default_rng(uint64_t seed) {
  Tensor state(DType::uint64, {6});
  fill_default_rng(state, seed);
  return words_of<uint64_t>(state);
}

}  // namespace

TEST_CASE("default_rng's states are NumPy's, for seeds of one word and of two") {
  CHECK(default_rng(0) ==
        Words{0x1aa1b5345996452d, 0x9585eb7a69561e3, 0x418ddadb3af71a82, 0x588133bc447873a9, 0, 0});
  CHECK(default_rng(1234) == Words{0x160ad84006fe21ea, 0xf69b873d9fe45409, 0x50c8fb163c7cea4e,
                                   0xd0f51ce6006e4325, 0, 0});
  CHECK(default_rng(~uint64_t{0}) == Words{0xddc419442aebde79, 0x4d8b0a3b048acdb0,
                                           0x37762aacb3cc854f, 0x4ed623c7d18951ed, 0, 0});
}

TEST_CASE("RandomState's words are NumPy's, none of them used") {
  Tensor state(DType::uint32, {628});
  fill_random_state(state, 1234);
  const Words words = words_of<uint32_t>(state);
  CHECK(Words(words.begin(), words.begin() + 3) == Words{1234, 3159640283, 4062961311});
  CHECK(Words(words.begin() + 623, words.end()) == Words{3064478787, 624, 0, 0, 0});
}

TEST_CASE("MRG's rows and later streams are Theano's") {
  Tensor state(DType::int32, {3, 6});
  fill_mrg(state, 1234, 0);
  CHECK(words_of<int32_t>(state) == Words{1234, 1234, 1234, 1234, 1234, 1234, 706792136, 1200150373,
                                          1756203026, 1322869510, 1926072939, 1402541729, 605315931,
                                          1529695010, 716846697, 2096599162, 1508377235,
                                          971870057});
  Tensor later(DType::int32, {2, 6});
  fill_mrg(later, 1234, 1);
  CHECK(words_of<int32_t>(later) == Words{435667123, 1044448757, 161057408, 507068446, 560794215,
                                          1854670030, 426183742, 1110924080, 1944789120, 12021425,
                                          60022501, 282572765});
  fill_mrg(later, 1234, 2);
  CHECK(words_of<int32_t>(later) == Words{373566771, 930662056, 213728176, 648748957, 767583791,
                                          952333592, 563800581, 654328897, 162231658, 1937538785,
                                          706050533, 716019358});
}

TEST_CASE("Philox begins at counter 0 with the seed as its key") {
  Tensor state(DType::uint32, {6});
  fill_philox(state, (uint64_t{7} << 32) + 5);
  CHECK(words_of<uint32_t>(state) == Words{0, 0, 0, 0, 5, 7});
}

TEST_CASE("states fit their own types alone") {
  CHECK(kMrgState.fits(DType::int32, {1, 6}));
  CHECK_FALSE(kMrgState.fits(DType::int32, {0, 6}));
  CHECK_FALSE(kMrgState.fits(DType::int32, {6}));
  CHECK(kDefaultRng.fits(DType::uint64, {6}));
  CHECK_FALSE(kDefaultRng.fits(DType::uint32, {6}));
  CHECK_FALSE(kPhiloxState.fits(DType::uint32, {628}));
  CHECK(kRandomState.fits(DType::uint32, {628}));
}

}  // namespace tgc
