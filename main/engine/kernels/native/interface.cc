#include "op.h"
#include "thin-rows.h"

namespace laurel::LAUREL_VARIANT {

/** Version of the kernels' interface (`INTERFACE` in native-kernels.ts), and the most rows for which LaurelThinProduct is worth calling. */
struct Interface {
  void compute(Context& c) const {
    if (int32_t* version = c.output<int32_t>(0, {})) *version = 2;
    if (int32_t* rows = c.output<int32_t>(1, {})) *rows = thin_rows;
  }
};

constexpr Op interface_ops[] = {
    untyped<Interface>("LaurelInterface", "", "version: int32; thin_rows: int32"),
};

}  // namespace laurel::LAUREL_VARIANT
