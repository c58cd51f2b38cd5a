#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

inline bool all_below(const int32_t* rows, int64_t count, int64_t end) {
  for (int64_t i = 0; i < count; i++) {
    if (rows[i] < 0 || rows[i] >= end) return false;
  }
  return true;
}

/** storage[rows[i]] = source[i, from .. from + W): writes new tokens' keys and values into their slots of a KV cache [M, W]. */
struct WriteRows {
  int64_t from;

  explicit WriteRows(Construction& c) : from(c.integer("from")) {}

  template <typename T>
  void compute(Context& c) const {
    const int64_t W = c.dim(0, 1), N = c.size(2), row = c.dim(1, 1);
    T* storage = c.mutable_input<T>(0);
    const T* source = c.input<T>(1);
    const int32_t* rows = c.input<int32_t>(2);
    if (!c.require(from + W <= row && c.dim(1, 0) == N, "the source must have as many rows as indices, and rows wide enough")) return;
    if (!c.require(all_below(rows, N, c.dim(0, 0)), "a row is outside the storage")) return;
    for (int64_t i = 0; i < N; i++) memcpy(storage + rows[i] * W, source + i * row + from, W * sizeof(T));
  }
};

/** table[rows[i]] += source[i]. Threads split the columns, so that repeated rows are added in order. */
struct AddRows {
  void compute(Context& c) const {
    const int64_t C = c.dim(0, 1), N = c.size(2);
    float* table = c.mutable_input<float>(0);
    const float* source = c.input<float>(1);
    const int32_t* rows = c.input<int32_t>(2);
    if (!c.require(c.dim(1, 1) == C && c.dim(1, 0) == N, "the number or width of the rows doesn't match")) return;
    if (!c.require(all_below(rows, N, c.dim(0, 0)), "a row is outside the table")) return;
    parallel(C, 128, [=](int64_t begin, int64_t end) {
      for (int64_t i = 0; i < N; i++) {
        float* to = table + rows[i] * C;
        for (int64_t k = begin; k < end; k++) to[k] += source[i * C + k];
      }
    });
  }
};

constexpr Op rows_ops[] = {
    typed<WriteRows>("LaurelWriteRows", "storage: T; source: T; rows: int32", "", "from: int"),
    untyped<AddRows>("LaurelAddRows", "table: float; source: float; rows: int32", ""),
};

}  // namespace laurel::LAUREL_VARIANT
