/**
 * Small products of float matrices in the CPU cache: C [M, N] += A [M, K] B [K, N]. A is read one value at a time with any strides, B and C
 * one vector of columns at a time, so N must be a multiple of the vector width. Up to 6 x 4 vectors of C are kept in registers.
 */
#pragma once

#include "vector.h"

namespace laurel::LAUREL_VARIANT {

/** A matrix read value by value. */
struct Strided {
  const float* data;
  int64_t row, column;  // strides
};

template <int M, int V>
inline void gemm_block(Strided a, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t K, bool accumulate) {
  Floats sum[M][V];
#pragma GCC unroll 6
  for (int m = 0; m < M; m++) {
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) sum[m][v] = accumulate ? load_floats(c + m * c_row + v * lanes) : Floats{};
  }
  for (int64_t k = 0; k < K; k++) {
    Floats row[V];
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) row[v] = load_floats(b + k * b_row + v * lanes);
#pragma GCC unroll 6
    for (int m = 0; m < M; m++) {
      const Floats factor = splat(a.data[m * a.row + k * a.column]);
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) sum[m][v] += factor * row[v];
    }
  }
#pragma GCC unroll 6
  for (int m = 0; m < M; m++) {
#pragma GCC unroll 4
    for (int v = 0; v < V; v++) store_floats(c + m * c_row + v * lanes, sum[m][v]);
  }
}

template <int V>
void gemm_columns(Strided a, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t M, int64_t K, bool accumulate) {
  int64_t m = 0;
  for (; m + 6 <= M; m += 6) {
    gemm_block<6, V>({a.data + m * a.row, a.row, a.column}, b, b_row, c + m * c_row, c_row, K, accumulate);
  }
  const Strided rest{a.data + m * a.row, a.row, a.column};
  float* const to = c + m * c_row;
  switch (M - m) {
    case 5: return gemm_block<5, V>(rest, b, b_row, to, c_row, K, accumulate);
    case 4: return gemm_block<4, V>(rest, b, b_row, to, c_row, K, accumulate);
    case 3: return gemm_block<3, V>(rest, b, b_row, to, c_row, K, accumulate);
    case 2: return gemm_block<2, V>(rest, b, b_row, to, c_row, K, accumulate);
    case 1: return gemm_block<1, V>(rest, b, b_row, to, c_row, K, accumulate);
  }
}

/** C (+)= A B, with `vectors` full vectors of columns. */
inline void gemm(Strided a, const float* b, int64_t b_row, float* c, int64_t c_row, int64_t M, int64_t K, int64_t vectors,
                 bool accumulate) {
  constexpr int most = lanes < 16 ? 2 : 4;  // AVX-512 has 32 registers, the others 16: six rows of two, plus operands
  int64_t v = 0;
  for (; v + most <= vectors; v += most) gemm_columns<most>(a, b + v * lanes, b_row, c + v * lanes, c_row, M, K, accumulate);
  b += v * lanes;
  c += v * lanes;
  switch (vectors - v) {
    case 3: return gemm_columns<3>(a, b, b_row, c, c_row, M, K, accumulate);
    case 2: return gemm_columns<2>(a, b, b_row, c, c_row, M, K, accumulate);
    case 1: return gemm_columns<1>(a, b, b_row, c, c_row, M, K, accumulate);
  }
}

}  // namespace laurel::LAUREL_VARIANT
