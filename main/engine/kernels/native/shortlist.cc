#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

struct Candidate {
  float value;
  int32_t id;
};

/** Whether a comes after b in the list: smaller, or equal with a higher id. */
inline bool is_after(Candidate a, Candidate b) { return a.value < b.value || (a.value == b.value && a.id > b.id); }

/** The best `room` candidates seen so far: a heap whose root is the worst of them. */
class Best {
 public:
  Best(Candidate* heap, int64_t room) : heap_(heap), room_(room) {}

  int64_t count() const { return count_; }
  bool is_full() const { return count_ == room_; }
  Candidate last() const { return heap_[0]; }

  void show(Candidate candidate) {
    if (!is_full()) {
      int64_t at = count_++;
      for (; at > 0 && is_after(candidate, heap_[(at - 1) / 2]); at = (at - 1) / 2) heap_[at] = heap_[(at - 1) / 2];
      heap_[at] = candidate;
    } else if (is_after(heap_[0], candidate)) {
      sink(candidate);
    }
  }

  Candidate take_last() {
    const Candidate last = heap_[0];
    const Candidate moved = heap_[--count_];
    if (count_ > 0) sink(moved);
    return last;
  }

 private:
  /** Replace the root with a candidate. */
  void sink(Candidate candidate) {
    int64_t at = 0;
    for (;;) {
      int64_t child = 2 * at + 1;
      if (child >= count_) break;
      if (child + 1 < count_ && is_after(heap_[child + 1], heap_[child])) child++;
      if (!is_after(heap_[child], candidate)) break;
      heap_[at] = heap_[child];
      at = child;
    }
    heap_[at] = candidate;
  }

  Candidate* heap_;
  int64_t room_, count_ = 0;
};

/**
 * Top-k logits of each row in descending order (lower id first among equals), their ids, and the row's mass sum(e^((logit - max) /
 * temperature)). Blocks are ranked by their maximum: the k-th largest maximum is a lower bound of the result, so few blocks are searched.
 */
struct Shortlist {
  static constexpr int64_t block = 128;
  const int64_t k;
  explicit Shortlist(Construction& attributes) : k(attributes.integer("k")) {}

  template <typename T>
  void compute(Context& c) const {
    const int64_t S = c.rows(0), V = c.dim(0, -1), k = this->k;
    if (!c.require(k > 0 && k <= V, "k must be between 1 and the row length")) return;
    const T* logits = c.input<T>(0);
    const float sharpness = 1.0f / *c.input<float>(1);
    float* values = c.output<float>(0, {S, k});
    int32_t* ids = c.output<int32_t>(1, {S, k});
    float* mass = c.output<float>(2, {S});
    if (!values || !ids || !mass) return;
    const int64_t blocks = (V + block - 1) / block;
    parallel(S, grain_of(V), [=](int64_t begin, int64_t end) {
      float* tops = thread_floats(blocks + 2 * k);
      auto* heap = reinterpret_cast<Candidate*>(tops + (blocks + 1) / 2 * 2);
      for (int64_t s = begin; s < end; s++) {
        const T* row = logits + s * V;
        for (int64_t b = 0; b < blocks; b++) tops[b] = largest(row + b * block, b + 1 < blocks ? block : V - b * block);
        Best found = search(row, V, tops, blocks, heap, k);
        for (int64_t i = found.count(); i < k; i++) {  // NaNs never match
          values[s * k + i] = -__builtin_inff();
          ids[s * k + i] = 0;
        }
        while (found.count() > 0) {
          const Candidate last = found.take_last();
          values[s * k + found.count()] = last.value;
          ids[s * k + found.count()] = last.id;
        }
        mass[s] = sum_of_powers(row, V, values[s * k], sharpness);
      }
    });
  }

 private:
  template <typename T>
  static Best search(const T* row, int64_t V, const float* tops, int64_t blocks, Candidate* heap, int64_t k) {
    float bound = -__builtin_inff();
    if (blocks >= k) {
      Best highest(heap, k);
      for (int64_t b = 0; b < blocks; b++) highest.show({tops[b], static_cast<int32_t>(b)});
      bound = highest.last().value;
    }
    Best best(heap, k);
    for (int64_t b = 0; b < blocks; b++) {
      if (!(tops[b] >= bound)) continue;
      const int64_t end = b + 1 < blocks ? (b + 1) * block : V;
      for (int64_t i = b * block; i < end; i++) {
        const float value = widen(row[i]);
        if (!(value >= bound)) continue;
        best.show({value, static_cast<int32_t>(i)});
        if (best.is_full()) bound = best.last().value;
      }
    }
    return best;
  }

  template <typename T>
  static float largest(const T* from, int64_t count) {
    Floats max = splat(-__builtin_inff());
    int64_t i = 0;
    for (; i + lanes <= count; i += lanes) max = max_of(load_floats(from + i), max);  // this argument order ignores NaNs
    if (i < count) max = max_of(load_floats(from + i, count - i, -__builtin_inff()), max);
    return max_of(max);
  }

  template <typename T>
  static float sum_of_powers(const T* row, int64_t V, float max, float sharpness) {
    Floats total[4] = {};
    int64_t i = 0;
    for (; i + 4 * lanes <= V; i += 4 * lanes) {
      for (int j = 0; j < 4; j++) total[j] += exp_of((load_floats(row + i + j * lanes) - max) * sharpness);
    }
    float sum = sum_of((total[0] + total[1]) + (total[2] + total[3]));
    for (; i < V; i++) sum += __builtin_expf((widen(row[i]) - max) * sharpness);
    return sum;
  }
};

constexpr Op shortlist_ops[] = {
    typed<Shortlist>("LaurelShortlist", "logits: T; temperature: float", "values: float; ids: int32; mass: float", "k: int"),
};

}  // namespace laurel::LAUREL_VARIANT
