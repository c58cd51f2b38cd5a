/**
 * The five products of attention's backward pass in bfloat16: operands that a tile multiplies with every block are rounded and laid out
 * once.
 */
#pragma once

#include "half-products.h"

namespace laurel::LAUREL_VARIANT {

#if !defined(__AMX_BF16__)
template <typename T>
class HalfTile;  // never instantiated: `in_halves` is false
#else

template <typename T>
class HalfTile {
 public:
  /** Rows of queries (scaled) and of dy, as stored and transposed. */
  HalfTile(int64_t head_dim, const Rows& rows, const float* q, const float* q_turned, const float* dy, const float* dy_turned)
      : D_(head_dim), stride_(padded(head_dim)), depth_(in_steps(head_dim, half_depth)), vectors_(rows.vectors),
        rows_(in_steps(rows.vectors * lanes, half_depth)) {
    pair_rows(q_turned, tile_rows, stride_, vectors_, q_turned_, tile_rows, depth_);
    pair_rows(dy_turned, tile_rows, stride_, vectors_, dy_turned_, tile_rows, depth_);
    pair_rows(q, stride_, vectors_ * lanes, stride_ / lanes, q_, stride_, rows_);
    pair_rows(dy, stride_, vectors_ * lanes, stride_ / lanes, dy_, stride_, rows_);
  }

  /** Scores of a block's keys, and the gradients of their probabilities, [keys, rows] each. */
  void score(const T* keys, const T* values, int64_t row, int64_t count, float* scores, float* dscores) {
    const int64_t M = in_steps(count, half_rows);
    turn_rows(keys, row, count, D_, keys_turned_);
    copy_rows(keys, row, count, D_, halves_, M, depth_);
    half_gemm(halves_, depth_, q_turned_, tile_rows, scores, tile_rows, M, depth_, vectors_, false);
    copy_rows(values, row, count, D_, halves_, M, depth_);
    half_gemm(halves_, depth_, dy_turned_, tile_rows, dscores, tile_rows, M, depth_, vectors_, false);
  }

  /** Probabilities and score gradients, [keys, rows] -> gradients of keys and values, [keys, 2 D], and of queries, [D, rows]. */
  void add(const float* probabilities, const float* dscores, int64_t count, float* dkey, float* dq) {
    const int64_t M = in_steps(count, half_rows), K = in_steps(count, half_depth);
    round_rows(dscores, tile_rows, count, vectors_ * lanes, halves_, M, rows_);
    add_keys(q_, count, M, dkey);
    round_rows(probabilities, tile_rows, count, vectors_ * lanes, halves_, M, rows_);
    add_keys(dy_, count, M, dkey + stride_);
    pair_rows(dscores, tile_rows, count, vectors_, halves_, tile_rows, K);
    half_gemm(keys_turned_, half_keys, halves_, tile_rows, dq, tile_rows, stride_, K, vectors_, true);
  }

 private:
  /** Rows after the last key belong to others and must not be written. */
  void add_keys(const T* pairs, int64_t count, int64_t M, float* to) {
    const int64_t whole = count == M ? count : M - half_rows;
    if (whole > 0) half_gemm(halves_, rows_, pairs, stride_, to, 2 * stride_, whole, rows_, stride_ / lanes, true);
    if (whole == count) return;
    half_gemm(halves_ + whole * rows_, rows_, pairs, stride_, room_, stride_, half_rows, rows_, stride_ / lanes, false);
    for (int64_t r = whole; r < count; r++) {
      for (int64_t d = 0; d < stride_; d += lanes) {
        float* at = to + 2 * stride_ * r + d;
        store_floats(at, load_floats(at) + load_floats(room_ + (r - whole) * stride_ + d));
      }
    }
  }

  const Tiles<T> tiles_;
  const int64_t D_, stride_, depth_, vectors_, rows_;
  alignas(64) T q_turned_[most_head_dim * tile_rows], dy_turned_[most_head_dim * tile_rows];  // [D / 2, rows, 2]
  alignas(64) T q_[tile_rows * most_head_dim], dy_[tile_rows * most_head_dim];                // [rows / 2, D, 2]
  alignas(64) T keys_turned_[most_head_dim * half_keys];                                     // [D, keys]
  alignas(64) T halves_[half_keys * most_head_dim];  // scratch
  alignas(64) float room_[half_rows * most_head_dim];
};

#endif

}  // namespace laurel::LAUREL_VARIANT
