/**
 * Attention of one token: all query heads that share a key-value head, over all keys of its sequence. Tiles (attention.cc) would be mostly
 * padding here. Keys and values are read once, in place, one vector of a key's values at a time.
 */
#pragma once

#include "attention-tile.h"

namespace laurel::LAUREL_VARIANT {

constexpr int64_t row_keys = 256;  // scores kept; longer sequences continue with a running maximum and sum

template <typename T>
struct RowKeys {
  const T *keys, *values;  // of the current key-value head, in row 0 of the storage
  int64_t row;             // row stride
};

/** Scores of keys [0, count) in consecutive rows: scores [G, row_keys]. */
template <typename T, int G>
inline void score_keys(const T* key, int64_t row, int64_t count, const float* q, int64_t stride, float* scores) {
  for (int64_t j = 0; j < count; j += lanes) {
    Floats partial[G][lanes];
    const int64_t here = count - j < lanes ? count - j : lanes;
    for (int64_t i = 0; i < lanes; i++) {
      Floats sum[G] = {};
      const T* from = key + (j + (i < here ? i : 0)) * row;
      for (int64_t d = 0; d < stride; d += lanes) {
        const Floats k = load_floats(from + d);
#pragma GCC unroll 8
        for (int g = 0; g < G; g++) sum[g] += k * load_floats(q + g * stride + d);
      }
#pragma GCC unroll 8
      for (int g = 0; g < G; g++) partial[g][i] = sum[g];
    }
    for (int g = 0; g < G; g++) {
      turn_square(partial[g]);
      Floats total = partial[g][0];
#pragma GCC unroll 16
      for (int i = 1; i < lanes; i++) total += partial[g][i];
      store_floats(scores + g * row_keys + j, total, here);
    }
  }
}

/** y [G, D] += weights [G, row_keys] of keys [0, count) times their values. */
template <typename T, int G>
inline void add_values(const T* value, int64_t row, int64_t count, const float* weights, int64_t stride, float* y) {
  for (int64_t d = 0; d < stride; d += lanes) {
    Floats sum[G];
#pragma GCC unroll 8
    for (int g = 0; g < G; g++) sum[g] = load_floats(y + g * stride + d);
    for (int64_t j = 0; j < count; j++) {
      const Floats v = load_floats(value + j * row + d);
#pragma GCC unroll 8
      for (int g = 0; g < G; g++) sum[g] += v * weights[g * row_keys + j];
    }
#pragma GCC unroll 8
    for (int g = 0; g < G; g++) store_floats(y + g * stride + d, sum[g]);
  }
}

/** Scores [0, count) of one head -> exp(score - highest); rescales y and sum to the new maximum. */
inline void soften_row(float* scores, int64_t count, float& highest, float& sum, float* y, int64_t stride) {
  for (int64_t j = count; j % lanes != 0; j++) scores[j] = -1e30f;
  Floats top = splat(highest);
  for (int64_t j = 0; j < count; j += lanes) top = max_of(top, load_floats(scores + j));
  const float base = max_of(top);
  Floats added{};
  for (int64_t j = 0; j < count; j += lanes) {
    const Floats weight = exp_of(load_floats(scores + j) - base);
    store_floats(scores + j, weight);
    added += weight;
  }
  const Floats scale = exp_of(splat(highest - base));
  for (int64_t d = 0; d < stride; d += lanes) store_floats(y + d, load_floats(y + d) * scale);
  sum = sum * scale[0] + sum_of(added);
  highest = base;
}

/** Call f(start row, rows, first index) for each contiguous piece of keys [from, to) of the sequence. */
template <class F>
inline void each_piece(const Run& run, int64_t from, int64_t to, const F& f) {
  int64_t first = 0;
  for (int64_t i = 0; i < run.number && first < to; i++) {
    const int64_t start = run.ranges[2 * i], length = run.ranges[2 * i + 1];
    const int64_t begin = from > first ? from - first : 0, end = to - first < length ? to - first : length;
    if (begin < end) f(start + begin, end - begin, first + begin - from);
    first += length;
  }
}

/** q [G, D] scaled -> y [G, D], not yet divided by `sum`; D must be a multiple of the vector width. */
template <typename T, int G>
void attend_row(const RowKeys<T>& keys, const Run& run, int64_t window, const float* q, int64_t D, float* y, float* highest, float* sum) {
  alignas(64) float scores[G * row_keys];
  const int64_t oldest = window > 0 && run.total > window ? run.total - window : 0;
  memset(y, 0, G * D * sizeof(float));
  for (int g = 0; g < G; g++) {
    highest[g] = -1e30f;
    sum[g] = 0;
  }
  for (int64_t from = oldest; from < run.total; from += row_keys) {
    const int64_t to = from + row_keys < run.total ? from + row_keys : run.total;
    each_piece(run, from, to, [&](int64_t row, int64_t rows, int64_t at) {
      score_keys<T, G>(keys.keys + row * keys.row, keys.row, rows, q, D, scores + at);
    });
    for (int g = 0; g < G; g++) soften_row(scores + g * row_keys, to - from, highest[g], sum[g], y + g * D, D);
    each_piece(run, from, to, [&](int64_t row, int64_t rows, int64_t at) {
      add_values<T, G>(keys.values + row * keys.row, keys.row, rows, scores + at, D, y);
    });
  }
}

/** Dispatch to the number of heads, at most 8. */
template <typename T>
void attend_row(int64_t group, const RowKeys<T>& keys, const Run& run, int64_t window, const float* q, int64_t D, float* y, float* highest,
                float* sum) {
  switch (group) {
    case 1: return attend_row<T, 1>(keys, run, window, q, D, y, highest, sum);
    case 2: return attend_row<T, 2>(keys, run, window, q, D, y, highest, sum);
    case 3: return attend_row<T, 3>(keys, run, window, q, D, y, highest, sum);
    case 4: return attend_row<T, 4>(keys, run, window, q, D, y, highest, sum);
    case 5: return attend_row<T, 5>(keys, run, window, q, D, y, highest, sum);
    case 6: return attend_row<T, 6>(keys, run, window, q, D, y, highest, sum);
    case 7: return attend_row<T, 7>(keys, run, window, q, D, y, highest, sum);
    case 8: return attend_row<T, 8>(keys, run, window, q, D, y, highest, sum);
  }
}

}  // namespace laurel::LAUREL_VARIANT
