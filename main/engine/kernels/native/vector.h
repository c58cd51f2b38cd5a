/**
 * Vectors of floats as wide as a register: 16 with AVX-512, 8 with AVX2, otherwise 4. bfloat16 is the upper half of a float's bits;
 * arithmetic is always in float.
 */
#pragma once

#include <cstdint>
#include <cstring>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace laurel::LAUREL_VARIANT {

struct bfloat16 {
  uint16_t bits;
};

#if defined(__AVX512F__)
constexpr int64_t lanes = 16;
#elif defined(__AVX2__)
constexpr int64_t lanes = 8;
#else
constexpr int64_t lanes = 4;
#endif

typedef float Floats __attribute__((vector_size(4 * lanes)));
typedef int32_t Ints __attribute__((vector_size(4 * lanes)));
typedef uint32_t Bits __attribute__((vector_size(4 * lanes)));
typedef uint16_t Halves __attribute__((vector_size(2 * lanes)));

inline Floats splat(float x) { return x - Floats{}; }
inline Floats select(Ints mask, Floats yes, Floats no) { return (Floats)((mask & (Ints)yes) | (~mask & (Ints)no)); }

/** Lanewise maximum; b if either is NaN. */
inline Floats max_of(Floats a, Floats b) {
#if defined(__AVX512F__)
  return (Floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (Floats)_mm256_max_ps((__m256)a, (__m256)b);
#else
  return select(a > b, a, b);
#endif
}
inline Floats min_of(Floats a, Floats b) {
#if defined(__AVX512F__)
  return (Floats)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
  return (Floats)_mm256_min_ps((__m256)a, (__m256)b);
#else
  return select(a < b, a, b);
#endif
}

inline float widen(float x) { return x; }
inline float widen(bfloat16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float wide;
  memcpy(&wide, &bits, sizeof wide);
  return wide;
}

/** Round to nearest, ties to even; NaN stays NaN. */
inline void narrow(float x, float* to) { *to = x; }
inline void narrow(float x, bfloat16* to) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  to->bits = x == x ? static_cast<uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16) : 0x7fc0;
}

inline Floats load_floats(const float* from) {
  Floats x;
  memcpy(&x, from, sizeof x);
  return x;
}
inline Floats load_floats(const bfloat16* from) {
#if defined(__AVX512F__)
  return (Floats)(Bits(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)))) << 16);
#else
  Halves x;
  memcpy(&x, from, sizeof x);
  return (Floats)(__builtin_convertvector(x, Bits) << 16);
#endif
}

/** Round to nearest, ties to even; NaN stays NaN. */
inline Halves halves_of(Floats x) {
  const Bits bits = (Bits)x;
  const Bits rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const Bits kept = (Bits)select(x != x, (Floats)(Bits{} + 0x7fc0), (Floats)rounded);
#if defined(__AVX2__) && !defined(__AVX512F__)
  const __m256i wide = (__m256i)kept;
  return (Halves)_mm_packus_epi32(_mm256_castsi256_si128(wide), _mm256_extracti128_si256(wide, 1));
#else
  return __builtin_convertvector(kept, Halves);
#endif
}

inline void store_floats(float* to, Floats x) { memcpy(to, &x, sizeof x); }
inline void store_floats(bfloat16* to, Floats x) {
  const Halves rounded = halves_of(x);
  memcpy(to, &rounded, sizeof rounded);
}

/** The first `count` < lanes values; the other lanes are `rest`. */
template <typename T>
inline Floats load_floats(const T* from, int64_t count, float rest = 0) {
  float x[lanes];
  for (int64_t i = 0; i < lanes; i++) x[i] = i < count ? widen(from[i]) : rest;
  return load_floats(x);
}
template <typename T>
inline void store_floats(T* to, Floats x, int64_t count) {
  T values[lanes];
  store_floats(values, x);
  memcpy(to, values, count * sizeof(T));
}

/** A full vector, or the first values of one at the end of a row. Kernels are written once for both and called by `each_vector`. */
struct Whole {};
struct Part {
  int64_t count;
};

template <typename T>
inline Floats load_floats(const T* from, Whole) {
  return load_floats(from);
}
template <typename T>
inline Floats load_floats(const T* from, Part part) {
  return load_floats(from, part.count);
}
template <typename T>
inline void store_floats(T* to, Floats x, Whole) {
  store_floats(to, x);
}
template <typename T>
inline void store_floats(T* to, Floats x, Part part) {
  store_floats(to, x, part.count);
}

/** f(index, Whole or Part) over `count` values. Part loads 0 beyond the end. */
template <class F>
inline void each_vector(int64_t count, const F& f) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) f(i, Whole{});
  if (i < count) f(i, Part{count - i});
}

inline float sum_of(Floats x) {
  float lane[lanes];
  store_floats(lane, x);
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; i++) lane[i] += lane[i + width];
  }
  return lane[0];
}
inline float max_of(Floats x) {
  float lane[lanes];
  store_floats(lane, x);
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; i++) lane[i] = lane[i] > lane[i + width] ? lane[i] : lane[i + width];
  }
  return lane[0];
}

/** Interleave a and b from lane `from` on: a[from], b[from], a[from + 1], ... */
inline Floats interleaved(Floats a, Floats b, int64_t from) {
#if defined(__clang__)
  Floats mixed;
  for (int64_t i = 0; i < lanes; i++) mixed[i] = i % 2 == 0 ? a[from + i / 2] : b[from + i / 2];
  return mixed;
#else
  Ints order;
  for (int64_t i = 0; i < lanes; i++) order[i] = static_cast<int32_t>(from + i / 2 + (i % 2) * lanes);
  return __builtin_shuffle(a, b, order);
#endif
}

inline Floats sqrt_of(Floats x) {
  Floats root;
  for (int64_t i = 0; i < lanes; i++) root[i] = __builtin_sqrtf(x[i]);
  return root;
}

/**
 * e^x to 2 units in the last place: x = n ln 2 + r with |r| <= ln 2 / 2, and e^r = 1 + r + r^2 q(r), with q of degree 4 minimizing the
 * relative error (3e-9). May be 0 below e^-87; above the largest float it is that or infinite.
 */
inline Floats exp_of(Floats x) {
#if defined(__AVX512F__)
  const Floats bounded = min_of(splat(89.0f), max_of(splat(-104.0f), x));  // this argument order propagates NaN
#else
  const Floats bounded = min_of(splat(88.7228f), max_of(splat(-87.0f), x));
#endif
  const Floats shift = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer in the lowest bits
  const Floats shifted = bounded * 1.44269504f + shift, n = shifted - shift;
  const Floats r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, the first with few bits
  Floats p = splat(0.0013814536f);
  p = p * r + 0.0083687454f;
  p = p * r + 0.041668393f;
  p = p * r + 0.16666521f;
  p = p * r + 0.49999994f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
#if defined(__AVX512F__)
  return (Floats)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  const Floats scaled = (Floats)((Ints)p + ((Ints)shifted << 23));
  return (Floats)((Ints)scaled & ~(x < -87.0f));
#endif
}

/** 1 / x, to a unit in the last place. */
inline Floats reciprocal_of(Floats x) {
#if defined(__AVX512F__)
  const Floats guess = (Floats)_mm512_rcp14_ps((__m512)x);
  return guess * (2.0f - x * guess);
#else
  return 1.0f / x;
#endif
}

/** 1 / (1 + e^-x). The exponential stays finite, so the reciprocal needs no special cases. */
inline Floats sigmoid_of(Floats x) { return reciprocal_of(1.0f + exp_of(-max_of(splat(-88.0f), x))); }

}  // namespace laurel::LAUREL_VARIANT
