#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/** s = x + branch (or x without a branch), r = 1 / sqrt(mean(s^2) + epsilon), y = s r weight, row by row. */
template <bool has_branch>
struct AddRmsNorm {
  const float epsilon;
  explicit AddRmsNorm(Construction& attributes) : epsilon(attributes.real("epsilon")) {}

  template <typename T>
  void compute(Context& c) const {
    const int64_t N = c.rows(0), C = c.dim(0, -1);
    const int weight_at = has_branch ? 2 : 1;
    if (!c.require(c.size(weight_at) == C, "the weight must be as long as a row")) return;
    if (has_branch && !c.require(c.size(1) == N * C, "the branch must have the size of x")) return;
    const float *x = c.input<float>(0), *weight = c.input<float>(weight_at);
    const T* branch = has_branch ? c.input<T>(1) : nullptr;
    T* y = c.output_like<T>(0, 0);
    float* r = c.output_like<float>(1, 0, 1);
    float* sum = has_branch ? c.output_like<float>(2, 0) : nullptr;
    if (!y || !r || (has_branch && !sum)) return;
    const float epsilon = this->epsilon;
    parallel(N, grain_of(C), [=](int64_t begin, int64_t end) {
      for (int64_t n = begin; n < end; n++) {
        const float* row = x + n * C;
        Floats squares = {};
        if constexpr (has_branch) {
          float* to = sum + n * C;
          const T* other = branch + n * C;
          each_vector(C, [&](int64_t i, auto span) {
            const Floats s = load_floats(row + i, span) + load_floats(other + i, span);
            store_floats(to + i, s, span);
            squares += s * s;
          });
          row = to;
        } else {
          each_vector(C, [&](int64_t i, auto span) {
            const Floats s = load_floats(row + i, span);
            squares += s * s;
          });
        }
        const float scale = 1.0f / __builtin_sqrtf(sum_of(squares) / C + epsilon);
        r[n] = scale;
        T* to = y + n * C;
        each_vector(C, [=](int64_t i, auto span) {
          store_floats(to + i, load_floats(row + i, span) * scale * load_floats(weight + i, span), span);
        });
      }
    });
  }
};

/**
 * dx = r (g - xhat mean(g xhat)) + residual with g = dy weight, xhat = x r; dw = sum over rows of dy xhat. `rounded` is dx as T; if T is
 * float it is left empty, because dx is the same.
 */
template <bool has_residual>
struct RmsNormBackward {
  template <typename T>
  void compute(Context& c) const {
    constexpr bool rounds = sizeof(T) < sizeof(float);
    const int64_t N = c.rows(1), C = c.dim(1, -1);
    const bool fits = c.size(0) == N * C && c.size(2) == N && c.size(3) == C && (!has_residual || c.size(4) == N * C);
    if (!c.require(fits, "the shapes of dy, x, r, weight and residual must match")) return;
    const T* dy = c.input<T>(0);
    const float *x = c.input<float>(1), *r = c.input<float>(2), *weight = c.input<float>(3);
    const float* residual = has_residual ? c.input<float>(4) : nullptr;
    float* dx = c.output_like<float>(0, 1);
    T* rounded = rounds ? c.output_like<T>(1, 1) : c.output<T>(1, {0});
    float* dw = c.output<float>(2, {C});
    if (!dx || !rounded || !dw) return;

    // One sum of dw per piece of rows, added in order: the same bits on any number of threads.
    const int64_t grain = grain_of(C) > (N + 31) / 32 ? grain_of(C) : (N + 31) / 32, pieces = (N + grain - 1) / grain;
    float* partial = c.scratch<float>(pieces * C);
    parallel(N, grain, [=](int64_t begin, int64_t end) {
      float* sums = partial + begin / grain * C;
      memset(sums, 0, C * sizeof(float));
      for (int64_t n = begin; n < end; n++) {
        const T* from = dy + n * C;
        const float *row = x + n * C, scale = r[n];
        Floats products = {};
        each_vector(C, [&](int64_t i, auto span) {
          const Floats along = load_floats(from + i, span) * (load_floats(row + i, span) * scale);
          products += along * load_floats(weight + i, span);
          store_floats(sums + i, load_floats(sums + i, span) + along, span);
        });
        const float mean = sum_of(products) / C;
        each_vector(C, [&](int64_t i, auto span) {
          const Floats g = load_floats(from + i, span) * load_floats(weight + i, span);
          Floats d = (g - load_floats(row + i, span) * scale * mean) * scale;
          if constexpr (has_residual) d += load_floats(residual + n * C + i, span);
          store_floats(dx + n * C + i, d, span);
          if constexpr (rounds) store_floats(rounded + n * C + i, d, span);
        });
      }
    });
    memset(dw, 0, C * sizeof(float));
    for (int64_t piece = 0; piece < pieces; piece++) {
      const float* sums = partial + piece * C;
      each_vector(C, [=](int64_t i, auto span) { store_floats(dw + i, load_floats(dw + i, span) + load_floats(sums + i, span), span); });
    }
  }
};

constexpr Op rms_norm_ops[] = {
    typed<AddRmsNorm<false>>("LaurelRmsNorm", "x: float; weight: float", "y: T; r: float", "epsilon: float"),
    typed<AddRmsNorm<true>>("LaurelAddRmsNorm", "x: float; branch: T; weight: float", "y: T; r: float; sum: float", "epsilon: float"),
    typed<RmsNormBackward<false>>("LaurelRmsNormBackward", "dy: T; x: float; r: float; weight: float", "dx: float; rounded: T; dw: float"),
    typed<RmsNormBackward<true>>("LaurelAddRmsNormBackward", "dy: T; x: float; r: float; weight: float; residual: float",
                                 "dx: float; rounded: T; dw: float"),
};

}  // namespace laurel::LAUREL_VARIANT
