#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/**
 * Per row of logits [M, V]: the target's log-probability, the distribution's entropy, and whether the target is the likeliest token.
 * Overwrites the logits with the softmax. With d = logit - max and Z = sum(e^d): log p = d[target] - ln Z, entropy = ln Z - sum(e^d d) / Z.
 */
struct ScoreLogits {
  template <typename T>
  void compute(Context& c) const {
    const int64_t M = c.rows(0), V = c.dim(0, -1);
    if (!c.require(c.size(1) == M, "there must be one target per row")) return;
    T* logits = c.mutable_input<T>(0);
    const int32_t* targets = c.input<int32_t>(1);
    for (int64_t m = 0; m < M; m++) {
      if (!c.require(targets[m] >= 0 && targets[m] < V, "a target is outside the vocabulary")) return;
    }
    float *logprobs = c.output<float>(0, {M}), *entropy = c.output<float>(1, {M}), *correct = c.output<float>(2, {M});
    if (!logprobs || !entropy || !correct) return;
    parallel(M, grain_of(V), [=](int64_t begin, int64_t end) {
      float* powers = thread_floats(V);
      for (int64_t m = begin; m < end; m++) {
        T* row = logits + m * V;
        const int32_t target = targets[m];
        const float max = largest(row, V), own = widen(row[target]);
        correct[m] = own == max && !contains(row, target, max);
        Sums sums = exponentials(row, V, max, powers);
        const float normalizer = __builtin_logf(sums.total);
        logprobs[m] = own - max - normalizer;
        entropy[m] = normalizer - sums.weighted / sums.total;
        const float scale = 1.0f / sums.total;
        each_vector(V, [=](int64_t i, auto span) { store_floats(row + i, load_floats(powers + i, span) * scale, span); });
      }
    });
  }

 private:
  struct Sums {
    float total, weighted;
  };

  template <typename T>
  static float largest(const T* row, int64_t V) {
    Floats max[4];
    for (Floats& m : max) m = splat(widen(row[0]));
    int64_t i = 0;
    for (; i + 4 * lanes <= V; i += 4 * lanes) {
      for (int k = 0; k < 4; k++) max[k] = max_of(max[k], load_floats(row + i + k * lanes));
    }
    float best = max_of(max_of(max_of(max[0], max[1]), max_of(max[2], max[3])));
    for (; i < V; i++) best = widen(row[i]) > best ? widen(row[i]) : best;
    return best;
  }

  template <typename T>
  static bool contains(const T* row, int64_t count, float value) {
    for (int64_t i = 0; i < count; i++) {
      if (widen(row[i]) == value) return true;
    }
    return false;
  }

  /** powers = e^(row - max); their sum, and their sum weighted by row - max. Four partial sums reduce rounding errors. */
  template <typename T>
  static Sums exponentials(const T* row, int64_t V, float max, float* powers) {
    Floats total[4] = {}, weighted[4] = {};
    int64_t i = 0;
    for (; i + 4 * lanes <= V; i += 4 * lanes) {
      for (int k = 0; k < 4; k++) {
        const Floats d = load_floats(row + i + k * lanes) - max, power = exp_of(d);
        store_floats(powers + i + k * lanes, power);
        total[k] += power;
        weighted[k] += power * d;
      }
    }
    Sums sums{sum_of((total[0] + total[1]) + (total[2] + total[3])), sum_of((weighted[0] + weighted[1]) + (weighted[2] + weighted[3]))};
    for (; i < V; i++) {
      const float d = widen(row[i]) - max, power = __builtin_expf(d);
      powers[i] = power;
      sums.total += power;
      sums.weighted += power * d;
    }
    return sums;
  }
};

/** dlogits = g (onehot(target) - p), overwriting the probabilities [M, V]; g [M]. */
struct ScoreLogitsBackward {
  template <typename T>
  void compute(Context& c) const {
    const int64_t M = c.rows(1), V = c.dim(1, -1);
    if (!c.require(c.size(0) == M && c.size(2) == M, "there must be one target and one gradient per row")) return;
    const float* g = c.input<float>(0);
    T* probabilities = c.mutable_input<T>(1);
    const int32_t* targets = c.input<int32_t>(2);
    for (int64_t m = 0; m < M; m++) {
      if (!c.require(targets[m] >= 0 && targets[m] < V, "a target is outside the vocabulary")) return;
    }
    parallel(M, grain_of(V), [=](int64_t begin, int64_t end) {
      for (int64_t m = begin; m < end; m++) {
        T *row = probabilities + m * V, *own = row + targets[m];
        const float scale = -g[m];
        const Floats at_target = splat((1.0f - widen(*own)) * g[m]);
        each_vector(V, [=](int64_t i, auto span) { store_floats(row + i, load_floats(row + i, span) * scale, span); });
        store_floats(own, at_target, 1);
      }
    });
  }
};

constexpr Op token_scores_ops[] = {
    typed<ScoreLogits>("LaurelScoreLogits", "logits: T; targets: int32", "logprobs: float; entropy: float; correct: float"),
    typed<ScoreLogitsBackward>("LaurelScoreLogitsBackward", "g: float; probabilities: T; targets: int32", ""),
};

}  // namespace laurel::LAUREL_VARIANT
