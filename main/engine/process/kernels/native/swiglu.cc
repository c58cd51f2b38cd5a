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
        each16(F, [=](int64_t f, auto span) {
          const v16 g = load16(gate + f, span);
          store16(to + f, g * sigmoid16(g) * load16(up + f, span), span);
        });
      }
    });
  }
};

/** dgate = dy up s (1 + gate (1 - s)), dup = dy gate s, s = sigmoid(gate); and the activation gate s up again. */
struct SwigluBackward {
  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.rows(1), F = c.dim(1, -1) / 2;
    if (!c.require(c.size(0) == N * F, "dy is not half as wide as gate_up")) return;
    const T *dy = c.input<T>(0), *gate_up = c.input<T>(1);
    T *dgate_up = c.output_like<T>(0, 1), *y = c.output_like<T>(1, 0);
    if (!dgate_up || !y) return;
    parallel(N, grain_of(2 * F), [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        const T *gate = gate_up + n * 2 * F, *up = gate + F, *from = dy + n * F;
        T *dgate = dgate_up + n * 2 * F, *dup = dgate + F, *to = y + n * F;
        each16(F, [=](int64_t f, auto span) {
          const v16 g = load16(gate + f, span), u = load16(up + f, span), d = load16(from + f, span);
          const v16 s = sigmoid16(g), silu = g * s;
          store16(dgate + f, d * u * (s + silu - silu * s), span);
          store16(dup + f, d * silu, span);
          store16(to + f, silu * u, span);
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
