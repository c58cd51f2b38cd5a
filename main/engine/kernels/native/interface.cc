#include "op.h"

namespace laurel::LAUREL_VARIANT {

/** The most rows for which LaurelThinProduct is measured to be faster than the library's product, in float and in bfloat16. */
#if defined(__AVX2__)
constexpr int32_t thin_rows = 128;
#else
constexpr int32_t thin_rows = 16;
#endif
#if defined(__AMX_BF16__)
constexpr int32_t thin_half_rows = 256;
#else
constexpr int32_t thin_half_rows = thin_rows;
#endif

/** Version of the kernels' interface (`INTERFACE` in native-kernels.ts), and what differs between instruction sets. */
struct Interface {
  void compute(Context& c) const {
    if (int32_t* version = c.output<int32_t>(0, {})) *version = 4;
    if (int32_t* rows = c.output<int32_t>(1, {})) *rows = thin_rows;
    if (int32_t* rows = c.output<int32_t>(2, {})) *rows = thin_half_rows;
  }
};

constexpr Op interface_ops[] = {
    untyped<Interface>("LaurelInterface", "", "version: int32; thin_rows: int32; thin_half_rows: int32"),
};

}  // namespace laurel::LAUREL_VARIANT
