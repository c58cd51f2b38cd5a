#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/**
 * Rotate the first `rotated` heads of each row, pairing dimension i with i + D/2, and copy the rest; `opposite`: by the negative angle.
 * heads [N, W], cosines and sines [N, 1, D/2] -> [N, W].
 */
struct RotateHeads {
  const int64_t rotated;
  const bool opposite;
  explicit RotateHeads(Construction& attributes) : rotated(attributes.integer("rotated")), opposite(attributes.flag("opposite")) {}

  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.rows(0), W = c.dim(0, -1), half = c.dim(1, -1), heads = rotated;
    const bool fits = c.size(1) == N * half && c.size(2) == N * half && heads * 2 * half <= W;
    if (!c.require(fits, "the shapes of heads and angles must match")) return;
    const T* x = c.input<T>(0);
    const float *cosines = c.input<float>(1), *sines = c.input<float>(2);
    T* y = c.output_like<T>(0, 0);
    if (!y) return;
    const float sign = opposite ? -1.0f : 1.0f;
    parallel(N, grain_of(W), [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        for (int64_t h = 0; h < heads; h++) {
          const T *left = x + n * W + h * 2 * half, *right = left + half;
          T *to_left = y + n * W + h * 2 * half, *to_right = to_left + half;
          each_vector(half, [=](int64_t i, auto span) {
            const Floats cosine = load_floats(cosines + n * half + i, span), sine = load_floats(sines + n * half + i, span) * sign;
            const Floats l = load_floats(left + i, span), r = load_floats(right + i, span);
            store_floats(to_left + i, l * cosine - r * sine, span);
            store_floats(to_right + i, r * cosine + l * sine, span);
          });
        }
        const int64_t done = n * W + heads * 2 * half;
        memcpy(y + done, x + done, ((n + 1) * W - done) * sizeof(T));
      }
    });
  }
};

constexpr Op rope_ops[] = {
    typed<RotateHeads>("LaurelRotateHeads", "heads: T; cosines: float; sines: float", "y: T", "rotated: int; opposite: bool"),
};

}  // namespace laurel::LAUREL_VARIANT
