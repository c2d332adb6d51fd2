// SPDX-License-Identifier: Apache-2.0
// Twins of the tensor-core wrappers, written from the PTX ISA manual's fragment layouts ("Matrix
// fragments for mma.m16n8k16 with floating point type" and its neighbours, "ldmatrix"). With
// g = lane / 4 and t = lane % 4:
//   A f16   a[r], half h: row g + 8 (r % 2), column 2 t + h + 8 (r / 2)
//   A tf32  a[r]:         row g + 8 (r % 2), column t + 4 (r / 2)
//   B f16   b[r], half h: row 2 t + h + 8 r, column g
//   B tf32  b[r]:         row t + 4 r,       column g
//   C f32   c[i]:         row g + 8 (i / 2), column 2 t + i % 2
// Products are exact and added to c in double, rounded once.
#pragma once

struct tgc_mma_lane {
  float* c;
  const uint32_t* a;
  const uint32_t* b;
};

inline float tgc_half_of(uint32_t pair, int half) {
  return tgc_half_to_float({static_cast<uint16_t>(pair >> (16 * half))});
}
// A tf32 operand's lower 13 bits are ignored.
inline float tgc_tf32_of(uint32_t bits) {
  return std::bit_cast<float>(bits & 0xffffe000u);
}

template <int kDepth>
void tgc_multiply_matrices(void* const (&lanes)[32], const float (&a)[16][kDepth],
                           const float (&b)[kDepth][8]) {
  for (int lane = 0; lane < 32; ++lane) {
    float* const c = static_cast<tgc_mma_lane*>(lanes[lane])->c;
    for (int i = 0; i < 4; ++i) {
      const int row = lane / 4 + 8 * (i / 2);
      const int column = 2 * (lane % 4) + i % 2;
      double sum = c[i];
      for (int k = 0; k < kDepth; ++k) sum += double{a[row][k]} * double{b[k][column]};
      c[i] = static_cast<float>(sum);
    }
  }
}

inline void tgc_mma_f16(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                        const tgc::Place& place = tgc::Place::here()) {
  tgc_mma_lane self{c, a, b};
  tgc::meet_warp(
      0xffffffffu,
      [](void* const(&lanes)[32], uint32_t) {
        float left[16][16];
        float right[16][8];
        for (int lane = 0; lane < 32; ++lane) {
          const auto& operands = *static_cast<tgc_mma_lane*>(lanes[lane]);
          const int g = lane / 4;
          const int t = lane % 4;
          for (int h = 0; h < 2; ++h) {
            for (int r = 0; r < 4; ++r) {
              left[g + 8 * (r % 2)][2 * t + h + 8 * (r / 2)] = tgc_half_of(operands.a[r], h);
            }
            for (int r = 0; r < 2; ++r) {
              right[2 * t + h + 8 * r][g] = tgc_half_of(operands.b[r], h);
            }
          }
        }
        tgc_multiply_matrices<16>(lanes, left, right);
      },
      &self, place);
}

inline void tgc_mma_tf32(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2],
                         const tgc::Place& place = tgc::Place::here()) {
  tgc_mma_lane self{c, a, b};
  tgc::meet_warp(
      0xffffffffu,
      [](void* const(&lanes)[32], uint32_t) {
        float left[16][8];
        float right[8][8];
        for (int lane = 0; lane < 32; ++lane) {
          const auto& operands = *static_cast<tgc_mma_lane*>(lanes[lane]);
          const int g = lane / 4;
          const int t = lane % 4;
          for (int r = 0; r < 4; ++r) {
            left[g + 8 * (r % 2)][t + 4 * (r / 2)] = tgc_tf32_of(operands.a[r]);
          }
          for (int r = 0; r < 2; ++r) right[t + 4 * r][g] = tgc_tf32_of(operands.b[r]);
        }
        tgc_multiply_matrices<8>(lanes, left, right);
      },
      &self, place);
}

// ldmatrix .x4: lane l's eight elements are row l % 8 of matrix l / 8.
struct tgc_load_matrix_lane {
  uint16_t row[8];
  uint32_t* result;
};
template <bool kTransposed, class Shared, class Index>
void tgc_load_matrices(uint32_t (&result)[4], Shared shared, Index index, const tgc::Place& place) {
  tgc_load_matrix_lane self{};
  self.result = result;
  constexpr int kCount = 16 / sizeof(tgc_element<Shared>);
  std::memcpy(self.row, tgc_readable<kCount>(shared, index), sizeof(self.row));
  tgc::meet_warp(
      0xffffffffu,
      [](void* const(&lanes)[32], uint32_t) {
        for (int lane = 0; lane < 32; ++lane) {
          for (int matrix = 0; matrix < 4; ++matrix) {
            uint32_t pair = 0;
            for (int h = 0; h < 2; ++h) {
              const int row = kTransposed ? 2 * (lane % 4) + h : lane / 4;
              const int column = kTransposed ? lane / 4 : 2 * (lane % 4) + h;
              const auto& source = *static_cast<tgc_load_matrix_lane*>(lanes[matrix * 8 + row]);
              pair |= uint32_t{source.row[column]} << (16 * h);
            }
            static_cast<tgc_load_matrix_lane*>(lanes[lane])->result[matrix] = pair;
          }
        }
      },
      &self, place);
}
template <class Shared, class Index>
void tgc_load_matrix(uint32_t (&result)[4], Shared shared, Index index,
                     const tgc::Place& place = tgc::Place::here()) {
  tgc_load_matrices<false>(result, shared, index, place);
}
template <class Shared, class Index>
void tgc_load_matrix_transposed(uint32_t (&result)[4], Shared shared, Index index,
                                const tgc::Place& place = tgc::Place::here()) {
  tgc_load_matrices<true>(result, shared, index, place);
}
