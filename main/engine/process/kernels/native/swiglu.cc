#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/** y = silu(gate) up. gate_up [N, 2F], gate first -> y [N, F]. */
struct Swiglu {
  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.rows(0), F = c.dim(0, -1) / 2;
    const T* gate_up = c.input<T>(0);
    T* y = c.output_like<T>(0, 0, F);
    if (!y) return;
    parallel(N, grain_of(F), [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        const T *gate = gate_up + n * 2 * F, *up = gate + F;
        T* to = y + n * F;
        int64_t f = 0;
        for (; f + lanes <= F; f += lanes) store16(to + f, forward(load16(gate + f), load16(up + f)));
        if (f < F) store16(to + f, forward(load16(gate + f, F - f), load16(up + f, F - f)), F - f);
      }
    });
  }

  static v16 forward(v16 gate, v16 up) { return gate * sigmoid16(gate) * up; }
};

constexpr Op swiglu_ops[] = {
    typed<Swiglu>("LaurelSwiglu", "gate_up: T", "y: T"),
};

}  // namespace laurel::LAUREL_VARIANT
