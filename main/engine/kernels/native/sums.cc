#include "op.h"
#include "parallel.h"

namespace laurel::LAUREL_VARIANT {

/** Values per piece of elementwise work. */
constexpr int64_t piece = 32768;

/** sum += x, in place. */
struct AddInto {
  template <typename T>
  void compute(Context& c) const {
    const int64_t count = c.size(0);
    if (!c.require(c.size(1) == count, "the sum and the addend must have the same size")) return;
    float* sum = c.mutable_input<float>(0);
    const T* x = c.input<T>(1);
    if (!sum || !x) return;
    parallel(count, piece, [=](int64_t begin, int64_t end) {
      each_vector(end - begin, [=](int64_t i, auto span) {
        float* to = sum + begin + i;
        store_floats(to, load_floats(to, span) + load_floats(x + begin + i, span), span);
      });
    });
  }
};

/** The sum of squares: within pieces in float, across pieces in double. */
struct SquaredNorm {
  template <typename T>
  void compute(Context& c) const {
    const int64_t count = c.size(0), pieces = (count + piece - 1) / piece;
    const T* x = c.input<T>(0);
    float* norm = c.output<float>(0, {});
    if (!norm) return;
    double* partial = c.scratch<double>(pieces);
    parallel(count, piece, [=](int64_t begin, int64_t end) {
      Floats squares[4] = {};
      int64_t i = begin;
      for (; i + 4 * lanes <= end; i += 4 * lanes) {
        for (int k = 0; k < 4; k++) {
          const Floats value = load_floats(x + i + k * lanes);
          squares[k] += value * value;
        }
      }
      each_vector(end - i, [&](int64_t j, auto span) {
        const Floats value = load_floats(x + i + j, span);
        squares[0] += value * value;
      });
      partial[begin / piece] = sum_of((squares[0] + squares[1]) + (squares[2] + squares[3]));
    });
    double total = 0;
    for (int64_t p = 0; p < pieces; p++) total += partial[p];
    *norm = static_cast<float>(total);
  }
};

constexpr Op sums_ops[] = {
    typed<AddInto>("LaurelAddInto", "sum: float; x: T", ""),
    typed<SquaredNorm>("LaurelSquaredNorm", "x: T", "norm: float"),
};

}  // namespace laurel::LAUREL_VARIANT
