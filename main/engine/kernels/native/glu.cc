#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/** silu(g) = g sigmoid(g). */
struct Silu {
  static Floats inner(Floats g) { return g; }
  static Floats slope(Floats) { return splat(1.0f); }
};

/** GELU with tanh: g (1 + tanh(u)) / 2 = g sigmoid(2 u), u = sqrt(2 / pi) (g + 0.044715 g^3). */
struct Gelu {
  static constexpr float factor = 1.5957691216f, cubic = 0.044715f;  // 2 sqrt(2 / pi)
  static Floats inner(Floats g) { return factor * (g + cubic * g * g * g); }
  static Floats slope(Floats g) { return factor * (1.0f + 3.0f * cubic * g * g); }
};

/** y = gate sigmoid(k(gate)) up with k = Gate::inner. gate_up [N, 2F], gate first -> y [N, F]. */
template <class Gate>
struct Glu {
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
          store_floats(to + f, g * sigmoid_of(Gate::inner(g)) * load_floats(up + f, span), span);
        });
      }
    });
  }
};

/** dgate = dy up s (1 + gate k'(gate) (1 - s)), dup = dy gate s, s = sigmoid(k(gate)); also recomputes the activation gate s up. */
template <class Gate>
struct GluBackward {
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
          const Floats s = sigmoid_of(Gate::inner(g)), gated = g * s;
          store_floats(dgate + f, d * u * (s + (gated - gated * s) * Gate::slope(g)), span);
          store_floats(dup + f, d * gated, span);
          store_floats(to + f, gated * u, span);
        });
      }
    });
  }
};

constexpr Op glu_ops[] = {
    typed<Glu<Silu>>("LaurelSwiglu", "gate_up: T", "y: T"),
    typed<GluBackward<Silu>>("LaurelSwigluBackward", "dy: T; gate_up: T", "dgate_up: T; y: T"),
    typed<Glu<Gelu>>("LaurelGeglu", "gate_up: T", "y: T"),
    typed<GluBackward<Gelu>>("LaurelGegluBackward", "dy: T; gate_up: T", "dgate_up: T; y: T"),
};

}  // namespace laurel::LAUREL_VARIANT
