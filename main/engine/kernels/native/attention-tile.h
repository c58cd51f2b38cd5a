/**
 * Shared by both directions of attention: runs of queries over ranges of keys (see runs.ts), split into tiles of at most 64 rows and blocks
 * of keys.
 */
#pragma once

#include "gemm.h"

namespace laurel::LAUREL_VARIANT {

constexpr int64_t tile_rows = 64;
constexpr int64_t block_keys = 48;
constexpr int64_t most_head_dim = 256;

/** Consecutive query rows that are the last tokens of one logical sequence, whose keys are in some ranges. */
struct Run {
  int64_t query, count;
  const int32_t* ranges;  // [number, 2]: first key row, key rows
  int64_t number, total;

  Run(const int32_t* run, const int32_t* all_ranges)
      : query(run[0]), count(run[1]), ranges(all_ranges + 2 * run[2]), number(run[3]), total(0) {
    for (int64_t i = 0; i < number; i++) total += ranges[2 * i + 1];
  }
  /** Position of the run's token `t` in the logical sequence. */
  int64_t position(int64_t t) const { return total - count + t; }
};

/** Positions of a tile's rows; padding repeats the last one. */
struct Rows {
  Floats position[tile_rows / lanes];
  int64_t vectors, oldest, newest;
};

/** Rows of `heads` query heads for each token [from, to) of a run; a token's heads are adjacent. */
inline Rows rows_of(const Run& run, int64_t from, int64_t to, int64_t heads) {
  const int64_t count = (to - from) * heads;
  Rows rows;
  rows.vectors = (count + lanes - 1) / lanes;
  rows.oldest = run.position(from);
  rows.newest = run.position(to - 1);
  float positions[tile_rows] = {};
  for (int64_t r = 0; r < rows.vectors * lanes; r++) positions[r] = run.position(from + (r < count ? r : count - 1) / heads);
  for (int64_t v = 0; v < rows.vectors; v++) rows.position[v] = load_floats(positions + v * lanes);
  return rows;
}

/** Keys [first, first + count) of the sequence, starting at key row `row`. */
struct Block {
  int64_t row, first, count;
};

/** Call f(block) for each block of at most `size` keys that some row sees. Window 0: all positions. */
template <class F>
void each_block(const Run& run, const Rows& rows, int64_t window, int64_t size, const F& f) {
  int64_t first = 0;
  for (int64_t i = 0; i < run.number; i++) {
    const int64_t start = run.ranges[2 * i], length = run.ranges[2 * i + 1];
    for (int64_t at = 0; at < length; at += size) {
      Block block{start + at, first + at, length - at < size ? length - at : size};
      if (block.first > rows.newest) return;
      if (block.first + block.count > rows.newest + 1) block.count = rows.newest + 1 - block.first;
      if (window > 0 && block.first + block.count <= rows.oldest - window + 1) continue;
      f(block);
    }
    first += length;
  }
}

/** Whether every row sees every key of the block. */
inline bool all_visible(const Block& block, const Rows& rows, int64_t window) {
  return block.first + block.count - 1 <= rows.oldest && (window == 0 || block.first > rows.newest - window);
}

/** Lanes of row vector v that see the key at `position`. */
inline Ints visible(const Rows& rows, int64_t v, int64_t position, int64_t window) {
  const Floats key = splat(static_cast<float>(position));
  const Ints past = key <= rows.position[v];
  return window == 0 ? past : past & (key > rows.position[v] - static_cast<float>(window));
}

/** Widen a block's rows of `width` values into zero-padded rows of `stride` floats. */
template <typename T>
inline void load_rows(const T* from, int64_t from_row, int64_t count, int64_t width, float* to, int64_t stride) {
  for (int64_t j = 0; j < count; j++) {
    int64_t d = 0;
    for (; d + lanes <= width; d += lanes) store_floats(to + j * stride + d, load_floats(from + j * from_row + d));
    for (; d < stride; d++) to[j * stride + d] = d < width ? widen(from[j * from_row + d]) : 0.0f;
  }
}

/** Transpose a square of vectors: rounds of interleaving the first half with the second, one per bit of the lane number. */
inline void turn_square(Floats (&x)[lanes]) {
#pragma GCC unroll 4
  for (int width = 1; width < lanes; width *= 2) {
    Floats mixed[lanes];
#pragma GCC unroll 8
    for (int i = 0; i < lanes / 2; i++) {
      mixed[2 * i] = interleaved(x[i], x[i + lanes / 2], 0);
      mixed[2 * i + 1] = interleaved(x[i], x[i + lanes / 2], lanes / 2);
    }
#pragma GCC unroll 16
    for (int i = 0; i < lanes; i++) x[i] = mixed[i];
  }
}

/** to [columns, rows] = scaled from [rows, columns]; both counts must be multiples of the vector width. */
inline void turn(const float* from, int64_t from_row, int64_t rows, int64_t columns, float scale, float* to, int64_t to_row) {
  for (int64_t r = 0; r < rows; r += lanes) {
    for (int64_t d = 0; d < columns; d += lanes) {
      Floats x[lanes];
#pragma GCC unroll 16
      for (int i = 0; i < lanes; i++) x[i] = load_floats(from + (r + i) * from_row + d) * scale;
      turn_square(x);
#pragma GCC unroll 16
      for (int i = 0; i < lanes; i++) store_floats(to + (d + i) * to_row + r, x[i]);
    }
  }
}

inline int64_t padded(int64_t width) { return (width + lanes - 1) / lanes * lanes; }

}  // namespace laurel::LAUREL_VARIANT
