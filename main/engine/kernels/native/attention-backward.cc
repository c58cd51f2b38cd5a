#include "attention-backward-half.h"
#include "attention-sizes.h"
#include "attention-tile.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/**
 * Gradient of attention over the tokens' own keys and values, qkv [N, (H + 2 KV) D]. With P = exp(S - lse), recomputed block by block: `dV
 * = P^T dY`, `dS = P (dY V^T - rowsum(dY Y))`, `dQ = dS K`, `dK = dS^T Q`.
 *
 * An item is one query head of one part of a group of runs that share keys. It sums the gradients of its keys in its own buffer. The
 * buffers are added in a fixed order at the end, whichever thread computed them.
 */
struct AttentionBackward : AttentionSizes {
  using AttentionSizes::AttentionSizes;

  static constexpr int64_t parts = 2;

  template <typename T>
  struct Tensors {
    const T *dy, *qkv, *y;
    const float* lse;
    T* dqkv;
  };

  /** Consecutive runs whose sequences start with the same key. */
  struct Group {
    int32_t first, last;
  };

  int64_t width() const { return (heads + 2 * key_value_heads) * head_dim; }

  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.dim(1, 0), R = c.dim(4, 0), stride = padded(head_dim);
    const int32_t *runs = c.input<int32_t>(4), *ranges = c.input<int32_t>(5);
    if (!c.require(head_dim <= most_head_dim, "the head dimension is too large")) return;
    Tensors<T> tensors{c.input<T>(0), c.input<T>(1), c.input<T>(2), c.input<float>(3), c.output<T>(0, {N, width()})};
    if (!c.require(true, "")) return;
    Group* groups = c.scratch<Group>(R);
    const int64_t count = group_runs(runs, ranges, R, groups);
    float* sums = c.scratch<float>(heads * parts * N * 2 * stride);
    parallel(count * heads * parts, 1, [=](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        const int64_t head = i / parts % heads, part = i % parts;
        item(tensors, runs, ranges, groups[i / parts / heads], head, part, sums + (head * parts + part) * N * 2 * stride);
      }
    });
    parallel(N, 16, [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        add_up(tensors.dqkv + n * width() + heads * head_dim, sums + n * 2 * stride, N * 2 * stride, stride);
      }
    });
  }

  static int64_t group_runs(const int32_t* runs, const int32_t* ranges, int64_t R, Group* groups) {
    int64_t count = 0;
    for (int32_t r = 0; r < R; r++) {
      const int32_t start = ranges[2 * runs[4 * r + 2]];
      if (r == 0 || start != ranges[2 * runs[4 * (r - 1) + 2]]) groups[count++] = {r, r};
      groups[count - 1].last = r;
    }
    return count;
  }

  template <typename T>
  void item(const Tensors<T>& t, const int32_t* runs, const int32_t* ranges, Group own, int64_t head, int64_t part, float* sums) const {
    const int64_t begin = runs[4 * own.first], end = runs[4 * own.last] + runs[4 * own.last + 1], stride = padded(head_dim);
    memset(sums + begin * 2 * stride, 0, (end - begin) * 2 * stride * sizeof(float));
    int64_t index = 0;
    for (int64_t r = own.first; r <= own.last; r++) {
      const Run run(runs + 4 * r, ranges);
      for (int64_t from = 0; from < run.count; from += tile_rows) {
        if (index++ % parts == part) tile(t, run, from, from + tile_rows < run.count ? from + tile_rows : run.count, head, sums);
      }
    }
  }

  template <typename T>
  void tile(const Tensors<T>& t, const Run& run, int64_t from, int64_t to, int64_t head, float* sums) const {
    alignas(64) float q[tile_rows * most_head_dim], q_turned[most_head_dim * tile_rows];      // [rows, D], [D, rows]
    alignas(64) float dy[tile_rows * most_head_dim], dy_turned[most_head_dim * tile_rows];    // same
    alignas(64) float dq[most_head_dim * tile_rows], lse[tile_rows], delta[tile_rows];        // [D, rows], [rows]
    alignas(64) float keys[block_keys * most_head_dim], values[block_keys * most_head_dim];   // [keys, D]
    alignas(64) float scores[half_keys * tile_rows], dscores[half_keys * tile_rows];          // [keys, rows]
    const int64_t D = head_dim, stride = padded(D), first = run.query + from, count = to - from;
    const int64_t key_head = head / group();
    const float scale = 1.0f / __builtin_sqrtf(static_cast<float>(D));
    const Rows rows = rows_of(run, from, to, 1);
    load_tile(t.qkv + first * width() + head * D, width(), count, rows, scale, q, q_turned);
    load_tile(t.dy + first * heads * D + head * D, heads * D, count, rows, 1.0f, dy, dy_turned);
    for (int64_t r = 0; r < rows.vectors * lanes; r++) {
      lse[r] = r < count ? t.lse[(first + r) * heads + head] : 1e30f;
      delta[r] = r < count ? product_of(dy + r * stride, t.y + (first + r) * heads * D + head * D) : 0.0f;
    }
    memset(dq, 0, stride * tile_rows * sizeof(float));
    const auto differentiate_all = [&](const Block& block) {
      for (int64_t v = 0; v < rows.vectors; v++) {
        const Floats norm = load_floats(lse + v * lanes), mean = load_floats(delta + v * lanes);
        differentiate(scores + v * lanes, dscores + v * lanes, block, rows, v, norm, mean);
      }
    };
    if constexpr (in_halves<T>) {
      HalfTile<T> half(D, rows, q, q_turned, dy, dy_turned);
      each_block(run, rows, window, half_keys, [&](const Block& block) {
        const T* key = t.qkv + block.row * width() + (heads + key_head) * D;
        half.score(key, key + key_value_heads * D, width(), block.count, scores, dscores);
        differentiate_all(block);
        half.add(scores, dscores, block.count, sums + block.row * 2 * stride, dq);
      });
    } else {
      each_block(run, rows, window, block_keys, [&](const Block& block) {
        const T* key = t.qkv + block.row * width() + (heads + key_head) * D;
        load_rows(key, width(), block.count, D, keys, stride);
        load_rows(key + key_value_heads * D, width(), block.count, D, values, stride);
        gemm({keys, stride, 1}, q_turned, tile_rows, scores, tile_rows, block.count, D, rows.vectors, false);
        gemm({values, stride, 1}, dy_turned, tile_rows, dscores, tile_rows, block.count, D, rows.vectors, false);
        differentiate_all(block);
        float* dkey = sums + block.row * 2 * stride;
        gemm({dscores, tile_rows, 1}, q, stride, dkey, 2 * stride, block.count, count, stride / lanes, true);
        gemm({scores, tile_rows, 1}, dy, stride, dkey + stride, 2 * stride, block.count, count, stride / lanes, true);
        gemm({keys, 1, stride}, dscores, tile_rows, dq, tile_rows, D, block.count, rows.vectors, true);
      });
    }
    turn(dq, tile_rows, stride, rows.vectors * lanes, scale, q, stride);
    for (int64_t r = 0; r < count; r++) store_row(t.dqkv + (first + r) * width() + head * D, q + r * stride);
  }

  template <typename T>
  float product_of(const float* a, const T* b) const {
    Floats sum{};
    int64_t d = 0;
    for (; d + lanes <= head_dim; d += lanes) sum += load_floats(a + d) * load_floats(b + d);
    if (d < head_dim) sum += load_floats(a + d, head_dim - d) * load_floats(b + d, head_dim - d);
    return sum_of(sum);
  }

  /** Scores -> probabilities, gradients of probabilities -> of scores. */
  void differentiate(float* scores, float* dscores, const Block& block, const Rows& rows, int64_t v, Floats lse, Floats delta) const {
    const bool all = all_visible(block, rows, window);
    for (int64_t j = 0; j < block.count; j++) {
      float *score = scores + j * tile_rows, *dscore = dscores + j * tile_rows;
      Floats p = exp_of(load_floats(score) - lse);
      if (!all) p = select(visible(rows, v, block.first + j, window), p, Floats{});
      store_floats(score, p);
      store_floats(dscore, p * (load_floats(dscore) - delta));
    }
  }

  /** Rows of a tile, scaled, both as stored and transposed; zero-padded. */
  template <typename T>
  void load_tile(const T* from, int64_t row, int64_t count, const Rows& rows, float scale, float* as_is, float* turned) const {
    const int64_t D = head_dim, stride = padded(D);
    load_rows(from, row, count, D, as_is, stride);
    memset(as_is + count * stride, 0, (rows.vectors * lanes - count) * stride * sizeof(float));
    if (scale != 1.0f) {
      for (int64_t i = 0; i < count * stride; i += lanes) store_floats(as_is + i, load_floats(as_is + i) * scale);
    }
    turn(as_is, stride, rows.vectors * lanes, stride, 1.0f, turned, tile_rows);
  }

  template <typename T>
  void store_row(T* to, const float* from) const {
    int64_t d = 0;
    for (; d + lanes <= head_dim; d += lanes) store_floats(to + d, load_floats(from + d));
    if (d < head_dim) store_floats(to + d, load_floats(from + d, head_dim - d), head_dim - d);
  }

  /** Gradients of one token's keys and values: the sum over each group's query heads and over the parts. */
  template <typename T>
  void add_up(T* to, const float* sums, int64_t step, int64_t stride) const {
    const int64_t each = group() * parts;
    alignas(64) float total[most_head_dim];
    for (int64_t side = 0; side < 2; side++) {
      for (int64_t head = 0; head < key_value_heads; head++) {
        const float* from = sums + head * each * step + side * stride;
        for (int64_t d = 0; d < stride; d += lanes) {
          Floats sum{};
          for (int64_t i = 0; i < each; i++) sum += load_floats(from + i * step + d);
          store_floats(total + d, sum);
        }
        store_row(to + (side * key_value_heads + head) * head_dim, total);
      }
    }
  }
};

constexpr Op attention_backward_ops[] = {
    typed<AttentionBackward>("LaurelAttentionBackward", "dy: T; qkv: T; y: T; lse: float; runs: int32; ranges: int32", "dqkv: T",
                             "heads: int; keyValueHeads: int; headDim: int; window: int"),
};

}  // namespace laurel::LAUREL_VARIANT
