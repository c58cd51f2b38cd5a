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
        each_vector(F, [=](int64_t f, auto span) {
          const Floats g = load_floats(gate + f, span);
          store_floats(to + f, g * sigmoid_of(g) * load_floats(up + f, span), span);
        });
      }
    });
  }
};

/** dgate = dy up s (1 + gate (1 - s)), dup = dy gate s, s = sigmoid(gate); also recomputes the activation gate s up. */
struct SwigluBackward {
  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.rows(1), F = c.dim(1, -1) / 2;
    if (!c.require(c.size(0) == N * F, "dy must be half as wide as gate_up")) return;
    const T *dy = c.input<T>(0), *gate_up = c.input<T>(1);
    T *dgate_up = c.output_like<T>(0, 1), *y = c.output_like<T>(1, 0);
    if (!dgate_up || !y) return;
    parallel(N, grain_of(2 * F), [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        const T *gate = gate_up + n * 2 * F, *up = gate + F, *from = dy + n * F;
        T *dgate = dgate_up + n * 2 * F, *dup = dgate + F, *to = y + n * F;
        each_vector(F, [=](int64_t f, auto span) {
          const Floats g = load_floats(gate + f, span), u = load_floats(up + f, span), d = load_floats(from + f, span);
          const Floats s = sigmoid_of(g), silu = g * s;
          store_floats(dgate + f, d * u * (s + silu - silu * s), span);
          store_floats(dup + f, d * silu, span);
          store_floats(to + f, silu * u, span);
        });
      }
    });
  }
};

constexpr Op swiglu_ops[] = {
    typed<Swiglu>("LaurelSwiglu", "gate_up: T", "y: T"),
    typed<SwigluBackward>("LaurelSwigluBackward", "dy: T; gate_up: T", "dgate_up: T; y: T"),
};

}  // namespace laurel::LAUREL_VARIANT
