/**
 * Sixteen floats at a time: one AVX-512 register, two of AVX, four of SSE or NEON; the compiler splits them. bfloat16 is
 * the upper half of a float's bits; arithmetic is always float's.
 */
#pragma once

#include <cstdint>
#include <cstring>

namespace laurel::LAUREL_VARIANT {

struct bfloat16 {
  uint16_t bits;
};

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16 __attribute__((vector_size(64)));
typedef uint32_t u16 __attribute__((vector_size(64)));
typedef uint16_t half16 __attribute__((vector_size(32)));

constexpr int64_t lanes = 16;

inline v16 splat(float x) { return x - v16{}; }
inline v16 select(i16 mask, v16 yes, v16 no) { return (v16)((mask & (i16)yes) | (~mask & (i16)no)); }

inline float widen(float x) { return x; }
inline float widen(bfloat16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float wide;
  memcpy(&wide, &bits, sizeof wide);
  return wide;
}

inline v16 load16(const float* from) {
  v16 x;
  memcpy(&x, from, sizeof x);
  return x;
}
inline v16 load16(const bfloat16* from) {
  half16 x;
  memcpy(&x, from, sizeof x);
  return (v16)(__builtin_convertvector(x, u16) << 16);
}

/** Round to nearest, ties to even; a NaN stays a NaN. */
inline half16 round16(v16 x) {
  const u16 bits = (u16)x;
  const u16 rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  const u16 nan = (u16)(x != x);
  return __builtin_convertvector((nan & 0x7fc0) | (~nan & rounded), half16);
}

inline void store16(float* to, v16 x) { memcpy(to, &x, sizeof x); }
inline void store16(bfloat16* to, v16 x) {
  const half16 rounded = round16(x);
  memcpy(to, &rounded, sizeof rounded);
}

/** The first `count` < 16 values; the other lanes hold `rest`. */
template <typename T>
inline v16 load16(const T* from, int64_t count, float rest = 0) {
  float x[lanes];
  for (int64_t i = 0; i < lanes; i++) x[i] = i < count ? widen(from[i]) : rest;
  return load16(x);
}
template <typename T>
inline void store16(T* to, v16 x, int64_t count) {
  T values[lanes];
  store16(values, x);
  memcpy(to, values, count * sizeof(T));
}

/** Sixteen values, or the first few of them at the end of a row: kernels are written once for both, `each16` calls them. */
struct Whole {};
struct Part {
  int64_t count;
};

template <typename T>
inline v16 load16(const T* from, Whole) {
  return load16(from);
}
template <typename T>
inline v16 load16(const T* from, Part part) {
  return load16(from, part.count);
}
template <typename T>
inline void store16(T* to, v16 x, Whole) {
  store16(to, x);
}
template <typename T>
inline void store16(T* to, v16 x, Part part) {
  store16(to, x, part.count);
}

/** f(index, Whole or Part) over `count` values. What Part loads beyond the end is 0. */
template <class F>
inline void each16(int64_t count, const F& f) {
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) f(i, Whole{});
  if (i < count) f(i, Part{count - i});
}

inline float sum16(v16 x) {
  float lane[lanes];
  store16(lane, x);
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; i++) lane[i] += lane[i + width];
  }
  return lane[0];
}
inline v16 max16(v16 a, v16 b) { return a > b ? a : b; }
inline v16 min16(v16 a, v16 b) { return a < b ? a : b; }
inline float max16(v16 x) {
  float lane[lanes];
  store16(lane, x);
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    for (int64_t i = 0; i < width; i++) lane[i] = lane[i] > lane[i + width] ? lane[i] : lane[i + width];
  }
  return lane[0];
}

inline v16 sqrt16(v16 x) {
  v16 root;
  for (int64_t i = 0; i < lanes; i++) root[i] = __builtin_sqrtf(x[i]);
  return root;
}

/** 2^n for whole n in [-127, 127]; 2^-127 counts as 0. */
inline v16 power_of_two(i16 n) { return (v16)((n + 127) << 23); }

/**
 * e^x to 2 units in the last place: x = n ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor polynomial of degree 7
 * (the rest is below 2^-27), and 2^n in two factors, because n leaves a float's exponents at both ends.
 */
inline v16 exp16(v16 x) {
  const v16 bounded = min16(max16(x, splat(-104.0f)), splat(89.0f));
  const v16 shift = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to a whole number
  const v16 n = (bounded * 1.44269504f + shift) - shift;
  const v16 r = (bounded - n * 0.693359375f) + n * 2.12194440e-4f;  // ln 2 in two parts, the first exact in few bits
  v16 p = splat(1.0f / 5040);
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  const i16 whole = __builtin_convertvector(n, i16);
  const i16 half = whole >> 1;
  const v16 scaled = p * power_of_two(half) * power_of_two(whole - half);
  return select((i16)(x != x), x, scaled);
}

inline v16 sigmoid16(v16 x) { return 1.0f / (1.0f + exp16(-x)); }

}  // namespace laurel::LAUREL_VARIANT
