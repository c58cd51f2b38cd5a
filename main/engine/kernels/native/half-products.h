/**
 * Small products of bfloat16 matrices in the CPU cache, summed in float: C [M, N] (+)= A [M, K] B [K, N]. A is row-major, B is in pairs of
 * rows, [K / 2, N, 2], as AMX requires. Without AMX, bfloat16 is widened and multiplied as float, because AVX-512's bfloat16 dot products
 * were slower (Intel, Sapphire Rapids).
 */
#pragma once

#include "attention-tile.h"

namespace laurel::LAUREL_VARIANT {

/** Whether attention over values of this type multiplies in bfloat16. */
template <typename T>
constexpr bool in_halves = false;

constexpr int64_t half_keys = 64;   // keys per block
constexpr int64_t half_depth = 32;  // K must be a multiple
constexpr int64_t half_rows = 16;   // M must be a multiple

inline int64_t in_steps(int64_t count, int64_t step) { return (count + step - 1) / step * step; }

template <typename T>
class Tiles;

#if defined(__AMX_BF16__)

template <>
constexpr bool in_halves<bfloat16> = true;

inline __m512i rounded(Floats x) { return _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)x)); }

/** Rows of floats -> bfloat16, [`rows`, `columns`], zero-padded from `count` by `width`; `width` must be a multiple of the vector width. */
inline void round_rows(const float* from, int64_t from_row, int64_t count, int64_t width, bfloat16* to, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < rows; r++) {
    for (int64_t d = 0; d < columns; d += lanes) {
      const bool there = r < count && d < width;
      const __m512 x = there ? (__m512)load_floats(from + r * from_row + d) : _mm512_setzero_ps();
      _mm256_store_si256(reinterpret_cast<__m256i*>(to + r * columns + d), (__m256i)_mm512_cvtneps_pbh(x));
    }
  }
}

/** Rows of floats -> bfloat16 in pairs, [`depth` / 2, `to_row`, 2], zero-padded after the last row. */
inline void pair_rows(const float* from, int64_t from_row, int64_t count, int64_t vectors, bfloat16* to, int64_t to_row, int64_t depth) {
  for (int64_t k = 0; k < depth; k += 2) {
    for (int64_t v = 0; v < vectors; v++) {
      const Floats first = k < count ? load_floats(from + k * from_row + v * lanes) : Floats{};
      const Floats second = k + 1 < count ? load_floats(from + (k + 1) * from_row + v * lanes) : Floats{};
      _mm512_store_si512(to + k * to_row + 2 * v * lanes, _mm512_or_si512(rounded(first), _mm512_slli_epi32(rounded(second), 16)));
    }
  }
}

/** Copy `count` rows of `width` values, zero-padded to [`rows`, `columns`]. */
inline void copy_rows(const bfloat16* from, int64_t from_row, int64_t count, int64_t width, bfloat16* to, int64_t rows, int64_t columns) {
  for (int64_t r = 0; r < count; r++) {
    memcpy(to + r * columns, from + r * from_row, width * sizeof *to);
    memset(to + r * columns + width, 0, (columns - width) * sizeof *to);
  }
  memset(to + count * columns, 0, (rows - count) * columns * sizeof *to);
}

/** A vector of values, as the lower halves of integers. */
inline __m512i bits_of(const bfloat16* from, int64_t count) {
  const __mmask16 there = static_cast<__mmask16>((1u << count) - 1);
  return _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(there, from));
}

/** Transposed copy: [`width` in full vectors, half_keys], zero-padded after the last key to a multiple of half_depth. */
inline void turn_rows(const bfloat16* from, int64_t from_row, int64_t count, int64_t width, bfloat16* to) {
  alignas(64) static constexpr bfloat16 none[most_head_dim] = {};
  for (int64_t r = 0; r < count; r += 2 * lanes) {
    for (int64_t d = 0; d < width; d += lanes) {
      const int64_t here = width - d < lanes ? width - d : lanes;
      Floats pairs[lanes];  // pairs of two keys' values, transposed like floats
#pragma GCC unroll 16
      for (int64_t i = 0; i < lanes; i++) {
        const bfloat16* first = r + 2 * i < count ? from + (r + 2 * i) * from_row + d : none;
        const bfloat16* second = r + 2 * i + 1 < count ? from + (r + 2 * i + 1) * from_row + d : none;
        pairs[i] = (Floats)_mm512_or_si512(bits_of(first, here), _mm512_slli_epi32(bits_of(second, here), 16));
      }
      turn_square(pairs);
#pragma GCC unroll 16
      for (int64_t i = 0; i < lanes; i++) memcpy(to + (d + i) * half_keys + r, &pairs[i], sizeof pairs[i]);
    }
  }
}

/**
 * Configures AMX for tiles of 16 rows of 64 bytes during its lifetime, then restores the thread's configuration, which TensorFlow's own
 * products rely on.
 */
template <typename T>
class Tiles {
 public:
  Tiles() {
    _tile_storeconfig(before_);
    alignas(64) uint8_t config[64] = {1};
    for (int tile = 0; tile < 8; tile++) {
      config[16 + 2 * tile] = 64;
      config[48 + tile] = 16;
    }
    asm volatile("" ::: "memory");
    _tile_loadconfig(config);
  }
  ~Tiles() { _tile_loadconfig(before_); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

 private:
  alignas(64) uint8_t before_[64];
};

/** 32 x 32 of C in four tiles where possible; otherwise 16 in one or both directions. */
template <bool two_rows, bool two_columns>
inline void tile_block(const bfloat16* a, int64_t a_row, const bfloat16* b, int64_t b_row, float* c, int64_t c_row, int64_t K, bool accumulate) {
  const int64_t across = c_row * sizeof(float), b_across = 2 * b_row * sizeof *b, a_across = a_row * sizeof *a;
  float* const below = c + half_rows * c_row;
  if (accumulate) {
    _tile_loadd(0, c, across);
    if (two_columns) _tile_loadd(1, c + lanes, across);
    if (two_rows) _tile_loadd(2, below, across);
    if (two_rows && two_columns) _tile_loadd(3, below + lanes, across);
  } else {
    _tile_zero(0);
    if (two_columns) _tile_zero(1);
    if (two_rows) _tile_zero(2);
    if (two_rows && two_columns) _tile_zero(3);
  }
  for (int64_t k = 0; k < K; k += half_depth) {
    _tile_loadd(4, a + k, a_across);
    _tile_loadd(6, b + k * b_row, b_across);
    _tile_dpbf16ps(0, 4, 6);
    if (two_columns) {
      _tile_loadd(7, b + k * b_row + 2 * lanes, b_across);
      _tile_dpbf16ps(1, 4, 7);
    }
    if (two_rows) {
      _tile_loadd(5, a + half_rows * a_row + k, a_across);
      _tile_dpbf16ps(2, 5, 6);
    }
    if (two_rows && two_columns) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, c, across);
  if (two_columns) _tile_stored(1, c + lanes, across);
  if (two_rows) _tile_stored(2, below, across);
  if (two_rows && two_columns) _tile_stored(3, below + lanes, across);
}

inline void half_gemm(const bfloat16* a, int64_t a_row, const bfloat16* b, int64_t b_row, float* c, int64_t c_row, int64_t M, int64_t K, int64_t vectors,
                      bool accumulate) {
  asm volatile("" ::: "memory");  // the compiler doesn't know what tile instructions read and write
  for (int64_t m = 0; m < M; m += 2 * half_rows) {
    for (int64_t v = 0; v < vectors; v += 2) {
      const bfloat16 *rows = a + m * a_row, *columns = b + 2 * v * lanes;
      float* const to = c + m * c_row + v * lanes;
      const bool two_rows = m + half_rows < M, two_columns = v + 1 < vectors;
      if (two_rows && two_columns) tile_block<true, true>(rows, a_row, columns, b_row, to, c_row, K, accumulate);
      else if (two_rows) tile_block<true, false>(rows, a_row, columns, b_row, to, c_row, K, accumulate);
      else if (two_columns) tile_block<false, true>(rows, a_row, columns, b_row, to, c_row, K, accumulate);
      else tile_block<false, false>(rows, a_row, columns, b_row, to, c_row, K, accumulate);
    }
  }
  asm volatile("" ::: "memory");
}

#endif

}  // namespace laurel::LAUREL_VARIANT
