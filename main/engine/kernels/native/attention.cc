#include "attention-row.h"
#include "attention-sizes.h"
#include "attention-tile.h"
#include "half-products.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/**
 * Softmax attention of runs of queries over ranges of keys, block by block with a running maximum and sum (Milakov & Gimelshein 2018; Dao
 * et al. 2022). Matrices are transposed, [key, row] and [dimension, row], so that a row's maximum and sum need no horizontal vector sum. A
 * tile's rows are all query heads of one key-value head for some tokens.
 */
struct Attention : AttentionSizes {
  int64_t key_offset, value_offset;

  explicit Attention(Construction& c)
      : AttentionSizes(c), key_offset(c.integer("keyOffset")), value_offset(c.integer("valueOffset")) {}

  template <typename T>
  struct Tensors {
    const T *queries, *keys;
    int64_t query_row, key_row;
    T* y;
    float* lse;
  };

  struct Item {
    int32_t run, from, to, head;
  };

  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.dim(0, 0), R = c.dim(2, 0), tokens = tile_rows / group();
    const int32_t *runs = c.input<int32_t>(2), *ranges = c.input<int32_t>(3);
    if (!c.require(head_dim <= most_head_dim && tokens > 0, "the head dimension is too large, or too many heads share a key")) return;
    T* y = c.output<T>(0, {N, heads * head_dim});
    Tensors<T> tensors{c.input<T>(0), c.input<T>(1), c.dim(0, 1), c.dim(1, 1), y, c.output<float>(1, {N, heads})};
    if (!c.require(true, "")) return;
    int64_t count = 0;
    for (int64_t r = 0; r < R; r++) count += (runs[4 * r + 1] + tokens - 1) / tokens * key_value_heads;
    Item* items = c.scratch<Item>(count);
    Item* next = items;
    for (int64_t r = 0; r < R; r++) {
      for (int32_t from = 0, all = runs[4 * r + 1]; from < all; from += tokens) {
        const int32_t to = from + tokens < all ? from + static_cast<int32_t>(tokens) : all;
        for (int32_t head = 0; head < key_value_heads; head++) *next++ = {static_cast<int32_t>(r), from, to, head};
      }
    }
    const int64_t grain = N < 4 * R ? 8 : 1;  // decoding has many tiny items, training few large ones
    parallel(count, grain, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const Run run(runs + 4 * items[i].run, ranges);
        if (run.count == 1 && group() <= 8 && head_dim % lanes == 0) row(tensors, run, items[i].head);
        else tile(tensors, run, items[i]);
      }
    });
  }

  template <typename T>
  void tile(const Tensors<T>& t, const Run& run, const Item& item) const {
    alignas(64) float q[most_head_dim * tile_rows], y[most_head_dim * tile_rows], room[most_head_dim * tile_rows];
    alignas(64) float keys[block_keys * most_head_dim], scores[half_keys * tile_rows];
    const int64_t D = head_dim, stride = padded(D);
    const Rows rows = rows_of(run, item.from, item.to, group());
    load_queries(t, run, item, rows, room, q);
    memset(y, 0, stride * tile_rows * sizeof(float));
    Floats highest[tile_rows / lanes], sum[tile_rows / lanes];
    for (int64_t v = 0; v < rows.vectors; v++) {
      highest[v] = splat(-1e30f);
      sum[v] = Floats{};
    }
    const auto soften_all = [&](const Block& block) {
      for (int64_t v = 0; v < rows.vectors; v++) soften(scores + v * lanes, y + v * lanes, block, rows, v, highest[v], sum[v]);
    };
    if constexpr (in_halves<T>) {
      alignas(64) T halves[half_keys * most_head_dim], q_pairs[most_head_dim * tile_rows], weights[half_keys * tile_rows];
      const int64_t depth = in_steps(D, half_depth);
      const Tiles<T> tiles;
      pair_rows(q, tile_rows, stride, rows.vectors, q_pairs, tile_rows, depth);
      each_block(run, rows, window, half_keys, [&](const Block& block) {
        const T* key = t.keys + block.row * t.key_row + item.head * D;
        const int64_t count = in_steps(block.count, half_rows), used = in_steps(block.count, half_depth);
        copy_rows(key + key_offset, t.key_row, block.count, D, halves, count, depth);
        half_gemm(halves, depth, q_pairs, tile_rows, scores, tile_rows, count, depth, rows.vectors, false);
        soften_all(block);
        turn_rows(key + value_offset, t.key_row, block.count, D, halves);
        pair_rows(scores, tile_rows, block.count, rows.vectors, weights, tile_rows, used);
        half_gemm(halves, half_keys, weights, tile_rows, y, tile_rows, stride, used, rows.vectors, true);
      });
      return store(t, run, item, rows, y, highest, sum, room);
    }
    each_block(run, rows, window, block_keys, [&](const Block& block) {
      const T* key = t.keys + block.row * t.key_row + item.head * D;
      load_rows(key + key_offset, t.key_row, block.count, D, keys, stride);
      gemm({keys, stride, 1}, q, tile_rows, scores, tile_rows, block.count, D, rows.vectors, false);
      soften_all(block);
      load_rows(key + value_offset, t.key_row, block.count, D, keys, stride);
      gemm({keys, 1, stride}, scores, tile_rows, y, tile_rows, D, block.count, rows.vectors, true);
    });
    store(t, run, item, rows, y, highest, sum, room);
  }

  /** A token being decoded. */
  template <typename T>
  void row(const Tensors<T>& t, const Run& run, int64_t key_head) const {
    constexpr int64_t most = 8;
    alignas(64) float q[most * most_head_dim], y[most * most_head_dim];
    float highest[most], sum[most];
    const int64_t G = group(), D = head_dim, head = key_head * G;
    const Floats scale = splat(1.0f / __builtin_sqrtf(static_cast<float>(D)));
    const T* from = t.queries + run.query * t.query_row + head * D;
    for (int64_t i = 0; i < G * D; i += lanes) store_floats(q + i, load_floats(from + i) * scale);
    const T* storage = t.keys + key_head * D;
    attend_row<T>(G, {storage + key_offset, storage + value_offset, t.key_row}, run, window, q, D, y, highest, sum);
    for (int64_t g = 0; g < G; g++) {
      const Floats share = splat(1.0f / sum[g]);
      T* to = t.y + (run.query * heads + head + g) * D;
      for (int64_t d = 0; d < D; d += lanes) store_floats(to + d, load_floats(y + g * D + d) * share);
      t.lse[run.query * heads + head + g] = highest[g] + __builtin_logf(sum[g]);
    }
  }

  /** Scores of a block -> exp(score - highest); rescales the running sums to the new maximum. */
  void soften(float* scores, float* y, const Block& block, const Rows& rows, int64_t v, Floats& highest, Floats& sum) const {
    if (!all_visible(block, rows, window)) {
      for (int64_t j = 0; j < block.count; j++) {
        float* at = scores + j * tile_rows;
        store_floats(at, select(visible(rows, v, block.first + j, window), load_floats(at), splat(-1e30f)));
      }
    }
    Floats top = highest;
    for (int64_t j = 0; j < block.count; j++) top = max_of(top, load_floats(scores + j * tile_rows));
    // If all keys so far were masked, the maximum is too: don't count masked keys as exp(0).
    const Floats base = select(top > splat(-1e29f), top, Floats{});
    const Floats scale = exp_of(highest - base);
    Floats added{};
    for (int64_t j = 0; j < block.count; j++) {
      const Floats weight = exp_of(load_floats(scores + j * tile_rows) - base);
      store_floats(scores + j * tile_rows, weight);
      added += weight;
    }
    sum = sum * scale + added;
    highest = top;
    for (int64_t d = 0; d < head_dim; d++) store_floats(y + d * tile_rows, load_floats(y + d * tile_rows) * scale);
  }

  /** Queries of the tile, scaled: [D, rows]. `room` is a buffer for the untransposed ones, [rows, D]. */
  template <typename T>
  void load_queries(const Tensors<T>& t, const Run& run, const Item& item, const Rows& rows, float* room, float* q) const {
    const int64_t G = group(), D = head_dim, stride = padded(D), tokens = item.to - item.from;
    const T* from = t.queries + (run.query + item.from) * t.query_row + item.head * G * D;
    for (int64_t i = 0; i < tokens; i++) load_rows(from + i * t.query_row, D, G, D, room + i * G * stride, stride);
    memset(room + tokens * G * stride, 0, (rows.vectors * lanes - tokens * G) * stride * sizeof(float));
    turn(room, stride, rows.vectors * lanes, stride, 1.0f / __builtin_sqrtf(static_cast<float>(D)), q, tile_rows);
  }

  template <typename T>
  void store(const Tensors<T>& t, const Run& run, const Item& item, const Rows& rows, float* y, const Floats* highest, const Floats* sum,
             float* room) const {
    const int64_t G = group(), D = head_dim, stride = padded(D), count = (item.to - item.from) * G;
    alignas(64) float top[tile_rows], total[tile_rows];
    for (int64_t v = 0; v < rows.vectors; v++) {
      store_floats(top + v * lanes, highest[v]);
      store_floats(total + v * lanes, sum[v]);
    }
    turn(y, tile_rows, stride, rows.vectors * lanes, 1.0f, room, stride);
    for (int64_t r = 0; r < count; r++) {
      const int64_t token = run.query + item.from + r / G, head = item.head * G + r % G;
      const float share = 1.0f / total[r];
      const float* row = room + r * stride;
      T* to = t.y + token * heads * D + head * D;
      int64_t d = 0;
      for (; d + lanes <= D; d += lanes) store_floats(to + d, load_floats(row + d) * share);
      if (d < D) store_floats(to + d, load_floats(row + d) * share, D - d);
      t.lse[token * heads + head] = top[r] + __builtin_logf(total[r]);
    }
  }
};

constexpr Op attention_ops[] = {
    typed<Attention>("LaurelAttention", "queries: T; keys: T; runs: int32; ranges: int32", "y: T; lse: float",
                     "heads: int; keyValueHeads: int; headDim: int; keyOffset: int; valueOffset: int; window: int"),
};

}  // namespace laurel::LAUREL_VARIANT
