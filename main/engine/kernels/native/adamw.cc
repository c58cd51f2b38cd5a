#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/**
 * AdamW (Loshchilov & Hutter 2019, algorithm 2), in place, on a value, its moments and optionally the value's bfloat16 copy:
 *
 *     m <- b1 m + (1 - b1) s g,  v <- b2 v + (1 - b2) (s g)^2,  w <- d w - a m / (c sqrt(v) + epsilon)
 *
 * The scalars are {s, b1, 1 - b1, b2, 1 - b2, c, epsilon, d, a}: an input, because they change every step.
 */
template <bool has_rounded>
struct AdamW {
  template <typename T>
  void compute(Context& c) const {
    const int64_t count = c.size(0);
    const bool fits = c.size(1) == count && c.size(2) == count && c.size(3) == count && (!has_rounded || c.size(5) == count);
    if (!c.require(fits && c.size(4) == 9, "value, moments and gradient differ in size")) return;
    float *value = c.mutable_input<float>(0), *first = c.mutable_input<float>(1), *second = c.mutable_input<float>(2);
    const T* gradient = c.input<T>(3);
    const float* s = c.input<float>(4);
    bfloat16* rounded = has_rounded ? c.mutable_input<bfloat16>(5) : nullptr;
    if (!value || !gradient) return;
    const float scale = s[0], b1 = s[1], rest1 = s[2], b2 = s[3], rest2 = s[4];
    const float correction = s[5], epsilon = s[6], decay = s[7], rate = s[8];
    parallel(count, 32768, [=](int64_t begin, int64_t end) {
      each_vector(end - begin, [=](int64_t offset, auto span) {
        const int64_t i = begin + offset;
        const Floats g = load_floats(gradient + i, span) * scale;
        const Floats m = load_floats(first + i, span) * b1 + g * rest1;
        const Floats v = load_floats(second + i, span) * b2 + g * g * rest2;
        const Floats w = load_floats(value + i, span) * decay - m / (sqrt_of(v) * correction + epsilon) * rate;
        store_floats(first + i, m, span);
        store_floats(second + i, v, span);
        store_floats(value + i, w, span);
        if constexpr (has_rounded) store_floats(rounded + i, w, span);
      });
    });
  }
};

constexpr Op adamw_ops[] = {
    typed<AdamW<false>>("LaurelAdamW", "value: float; m: float; v: float; gradient: T; scalars: float", ""),
    typed<AdamW<true>>("LaurelAdamWRounded", "value: float; m: float; v: float; gradient: T; scalars: float; rounded: bfloat16", ""),
};

}  // namespace laurel::LAUREL_VARIANT
