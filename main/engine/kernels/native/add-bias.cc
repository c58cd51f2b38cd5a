#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/** y = x + bias for every row. x [N, O], bias [O]. */
struct AddBias {
  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.rows(0), O = c.dim(0, -1);
    if (!c.require(c.size(1) == O, "the bias must be as long as a row")) return;
    const T* x = c.input<T>(0);
    const float* bias = c.input<float>(1);
    T* y = c.output_like<T>(0, 0);
    if (!y) return;
    parallel(N, grain_of(O), [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        const T* from = x + n * O;
        T* to = y + n * O;
        each_vector(O, [=](int64_t i, auto span) { store_floats(to + i, load_floats(from + i, span) + load_floats(bias + i, span), span); });
      }
    });
  }
};

constexpr Op add_bias_ops[] = {
    typed<AddBias>("LaurelAddBias", "x: T; bias: float", "y: T"),
};

}  // namespace laurel::LAUREL_VARIANT
