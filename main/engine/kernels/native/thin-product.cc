/**
 * y = x W^T for few rows of x, with W as it is stored, [O, I]. Both factors are read along their rows, so nothing is rearranged first: a
 * library's product packs W into another order, which takes longer than the product itself if only a few rows share the work.
 *
 * A tile of R x C results is kept in registers, each as a vector of partial sums over I. The order of a sum depends on I alone, so a row
 * has the same result in every batch. That also holds for AMX, which multiplies tiles of bfloat16: rows of W are a tile's rows as they are
 * stored, and only x, which is small, has to be packed.
 */
#include "half-products.h"
#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {
namespace thin {

/** R x C sums, C vectors of W, and one of x: AVX-512 has 32 registers, the others 16. */
constexpr int rows = lanes < 16 ? 4 : 6, columns = lanes < 16 ? 3 : 4;

/** Factors that are widened to float. */
template <typename T>
struct Widened {
  using Value = T;
  using Vector = Floats;
  static constexpr int64_t step = lanes;
  static Vector load(const T* from) { return load_floats(from); }
  static Vector load(const T* from, int64_t count) { return load_floats(from, count); }
  static void add(Floats& sum, Vector a, Vector b) { sum += a * b; }
};

#if defined(__AVX512BF16__)
/** Pairs of bfloat16 factors, multiplied and added in one instruction. */
struct HalfDots {
  using Value = bfloat16;
  using Vector = __m512bh;
  static constexpr int64_t step = 2 * lanes;
  static Vector load(const bfloat16* from) { return (__m512bh)_mm512_loadu_si512(from); }
  static Vector load(const bfloat16* from, int64_t count) {
    return (__m512bh)_mm512_maskz_loadu_epi16(static_cast<__mmask32>((1u << count) - 1), from);
  }
  static void add(Floats& sum, Vector a, Vector b) { sum = (Floats)_mm512_dpbf16_ps((__m512)sum, a, b); }
};
#endif

/** The sums of up to four vectors' lanes; further ones are ignored. */
struct Totals {
  alignas(16) float of[4];
};

template <int C>
inline Totals totals_of(const Floats (&sum)[C]) {
  Totals totals;
#if defined(__AVX2__)
  const Floats none = {};
  const Floats *a = &sum[0], *b = C > 1 ? &sum[1] : &none, *c = C > 2 ? &sum[2] : &none, *d = C > 3 ? &sum[3] : &none;
#if defined(__AVX512F__)
  const __m512 ab = _mm512_add_ps(_mm512_unpacklo_ps((__m512)*a, (__m512)*b), _mm512_unpackhi_ps((__m512)*a, (__m512)*b));
  const __m512 cd = _mm512_add_ps(_mm512_unpacklo_ps((__m512)*c, (__m512)*d), _mm512_unpackhi_ps((__m512)*c, (__m512)*d));
  const __m512d low = _mm512_unpacklo_pd((__m512d)ab, (__m512d)cd), high = _mm512_unpackhi_pd((__m512d)ab, (__m512d)cd);
  const __m512 abcd = _mm512_add_ps((__m512)low, (__m512)high);
  const __m256 half = _mm256_add_ps(_mm512_castps512_ps256(abcd), _mm512_extractf32x8_ps(abcd, 1));
#else
  const __m256 ab = _mm256_add_ps(_mm256_unpacklo_ps((__m256)*a, (__m256)*b), _mm256_unpackhi_ps((__m256)*a, (__m256)*b));
  const __m256 cd = _mm256_add_ps(_mm256_unpacklo_ps((__m256)*c, (__m256)*d), _mm256_unpackhi_ps((__m256)*c, (__m256)*d));
  const __m256d low = _mm256_unpacklo_pd((__m256d)ab, (__m256d)cd), high = _mm256_unpackhi_pd((__m256d)ab, (__m256d)cd);
  const __m256 half = _mm256_add_ps((__m256)low, (__m256)high);
#endif
  _mm_store_ps(totals.of, _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1)));
#else
  for (int i = 0; i < C; i++) totals.of[i] = sum_of(sum[i]);
#endif
  return totals;
}

/** R rows of x and C of W: `F` says how factors are multiplied. */
template <class F, int R, int C, typename T = typename F::Value>
inline void tile(const T* x, const T* w, int64_t I, T* y, int64_t O) {
  Floats sum[R][C] = {};
  const auto add = [&](int64_t i, auto... count) {
    typename F::Vector column[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; c++) column[c] = F::load(w + c * I + i, count...);
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      const typename F::Vector row = F::load(x + r * I + i, count...);
#pragma GCC unroll 4
      for (int c = 0; c < C; c++) F::add(sum[r][c], row, column[c]);
    }
  };
  int64_t i = 0;
  for (; i + F::step <= I; i += F::step) add(i);
  if (i < I) add(i, I - i);
#pragma GCC unroll 6
  for (int r = 0; r < R; r++) {
    const Totals totals = totals_of(sum[r]);
    for (int c = 0; c < C; c++) narrow(totals.of[c], y + r * O + c);
  }
}

/**
 * What is read next, brought into a cache (3: the nearest) in equal shares while the present tiles are computed: W comes from memory, where a
 * core waits for it.
 */
template <int closeness>
class Ahead {
 public:
  template <typename T>
  Ahead(const T* from, int64_t count, int64_t shares)
      : next_(reinterpret_cast<const char*>(from)), end_(next_ + count * sizeof(T)), share_((end_ - next_) / shares + 1) {}
  void fetch_share() {
    for (const char* end = next_ + share_ < end_ ? next_ + share_ : end_; next_ < end; next_ += 64) __builtin_prefetch(next_, 0, closeness);
  }

 private:
  const char *next_, *end_;
  int64_t share_;
};

/** All M rows of x, at most R at a time. */
template <class F, int R, int C, typename T = typename F::Value>
inline void all_rows(const T* x, const T* w, int64_t I, T* y, int64_t O, int64_t M, Ahead<3>& ahead) {
  int64_t m = 0;
  for (; m + R <= M; m += R) {
    ahead.fetch_share();
    tile<F, R, C>(x + m * I, w, I, y + m * O, O);
  }
  if constexpr (R > 1) {
    if (m < M) all_rows<F, R - 1, C>(x + m * I, w, I, y + m * O, O, M - m, ahead);
  }
}

/** Results from `first` on. */
template <class F, typename T = typename F::Value>
void product(const T* x, const T* w, T* y, int64_t M, int64_t I, int64_t O, int64_t first) {
  const int64_t tiles = (O - first + columns - 1) / columns;
  parallel(tiles, grain_of(columns * I * (1 + M / 16)), [=](int64_t begin, int64_t end) {
    const int64_t last = first + end * columns < O ? first + end * columns : O;
    int64_t o = first + begin * columns;
    const auto ahead = [&](int64_t from) {
      const int64_t count = last - from < columns ? last - from : columns;
      return Ahead<3>(w + from * I, count * I, (M + rows - 1) / rows);
    };
    for (; o + columns <= last; o += columns) {
      Ahead<3> next = ahead(o + columns);
      all_rows<F, rows, columns>(x, w + o * I, I, y + o, O, M, next);
    }
    for (; o < last; o++) {
      Ahead<3> next = ahead(o + 1);
      all_rows<F, rows, 1>(x, w + o * I, I, y + o, O, M, next);
    }
  });
}

#if defined(__AMX_BF16__)
/** Values of a tile: 16 rows of 32 terms. */
constexpr int64_t tile_values = half_rows * half_depth;
/** Rows of W, and of x, that are multiplied at a time. */
constexpr int64_t block = 2 * half_rows;

/** x [M, I] -> tiles [M / 16, I / 32] of pairs of terms, [16, rows, 2], zero-padded to full blocks. */
inline void pack_rows(const bfloat16* x, int64_t M, int64_t I, bfloat16* to) {
  for (int64_t m = 0; m < in_steps(M, block); m += half_rows) {
    for (int64_t i = 0; i < I; i += half_depth, to += tile_values) {
      Floats pairs[half_rows];  // moved as if they were floats
      for (int64_t r = 0; r < half_rows; r++) pairs[r] = m + r < M ? (Floats)_mm512_loadu_si512(x + (m + r) * I + i) : Floats{};
      turn_square(pairs);
      memcpy(to, pairs, sizeof pairs);
    }
  }
}

/** c [32 rows of W, 32 of x] = `w` times two lines of packed tiles, or one. */
template <bool two>
inline void multiply_tiles(const bfloat16* w, int64_t I, const bfloat16* packed, float* c, Ahead<2>& ahead) {
  constexpr int64_t across = block * sizeof *c, pairs = half_depth * sizeof *packed;
  const int64_t row = I * sizeof *w, line = I * half_rows;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t i = 0; i < I; i += half_depth) {
    _tile_loadd(4, w + i, row);
    _tile_loadd(6, packed + i * half_rows, pairs);
    _tile_dpbf16ps(0, 4, 6);
    if (two) {
      _tile_loadd(7, packed + line + i * half_rows, pairs);
      _tile_dpbf16ps(1, 4, 7);
    }
    _tile_loadd(5, w + half_rows * I + i, row);
    _tile_dpbf16ps(2, 5, 6);
    if (two) _tile_dpbf16ps(3, 5, 7);
    ahead.fetch_share();
  }
  _tile_stored(0, c, across);
  if (two) _tile_stored(1, c + half_rows, across);
  _tile_stored(2, c + half_rows * block, across);
  if (two) _tile_stored(3, c + half_rows * block + half_rows, across);
}

/** Sums [32 rows of W, 32 of x], transposed and rounded into `count` rows of y. */
inline void round_turned(const float* c, int64_t count, bfloat16* y, int64_t O) {
  for (int64_t m = 0; m < count; m += half_rows) {
    for (int64_t o = 0; o < block; o += half_rows) {
      Floats sums[half_rows];
      for (int64_t r = 0; r < half_rows; r++) sums[r] = load_floats(c + (o + r) * block + m);
      turn_square(sums);
      for (int64_t r = 0; r < half_rows && m + r < count; r++) store_floats(y + (m + r) * O + o, sums[r]);
    }
  }
}

/** The first of O results, in whole blocks; I must be a multiple of 32. Rows of W are tiles as they are. Returns how many were computed. */
inline int64_t product_in_tiles(const bfloat16* x, const bfloat16* w, bfloat16* y, int64_t M, int64_t I, int64_t O, bfloat16* packed) {
  pack_rows(x, M, I, packed);
  const int64_t blocks = O / block, steps = I / half_depth * (in_steps(M, block) / block);
  parallel(blocks, blocks < 8 ? 1 : blocks / 8, [=](int64_t begin, int64_t end) {
    alignas(64) float sums[block * block];
    Tiles<bfloat16> configured;
    for (int64_t o = begin * block; o < end * block; o += block) {
      Ahead<2> next(w + (o + block) * I, o + block < end * block ? block * I : 0, steps);
      for (int64_t m = 0; m < M; m += block) {
        asm volatile("" ::: "memory");  // the compiler doesn't know what tile instructions read and write
        if (m + half_rows < M) multiply_tiles<true>(w + o * I, I, packed + m * I, sums, next);
        else multiply_tiles<false>(w + o * I, I, packed + m * I, sums, next);
        asm volatile("" ::: "memory");
        round_turned(sums, M - m < block ? M - m : block, y + m * O + o, O);
      }
    }
  });
  return blocks * block;
}
#endif

inline void multiply(Context&, const float* x, const float* w, float* y, int64_t M, int64_t I, int64_t O) {
  product<Widened<float>>(x, w, y, M, I, O, 0);
}
inline void multiply([[maybe_unused]] Context& c, const bfloat16* x, const bfloat16* w, bfloat16* y, int64_t M, int64_t I, int64_t O) {
  int64_t done = 0;
#if defined(__AMX_BF16__)
  if (I % half_depth == 0) done = product_in_tiles(x, w, y, M, I, O, c.scratch<bfloat16>(in_steps(M, block) * I));
#endif
#if defined(__AVX512BF16__)
  product<HalfDots>(x, w, y, M, I, O, done);
#else
  product<Widened<bfloat16>>(x, w, y, M, I, O, done);
#endif
}

}  // namespace thin

/** x [M, I], w [O, I] -> y [M, O]. */
struct ThinProduct {
  template <typename T>
  void compute(Context& c) const {
    const int64_t M = c.rows(0), I = c.dim(0, -1), O = c.rows(1);
    if (!c.require(c.dim(1, -1) == I, "rows of the weight must be as long as those of x")) return;
    const T *x = c.input<T>(0), *w = c.input<T>(1);
    T* y = c.output_like<T>(0, 0, O);
    if (y) thin::multiply(c, x, w, y, M, I, O);
  }
};

constexpr Op thin_product_ops[] = {
    typed<ThinProduct>("LaurelThinProduct", "x: T; w: T", "y: T"),
};

}  // namespace laurel::LAUREL_VARIANT
