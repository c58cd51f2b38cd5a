#include "op.h"

namespace laurel::LAUREL_VARIANT {

/** Version of the kernels' interface: `INTERFACE` in native-kernels.ts. */
struct Interface {
  void compute(Context& c) const {
    if (int32_t* version = c.output<int32_t>(0, {})) *version = 1;
  }
};

constexpr Op interface_ops[] = {
    untyped<Interface>("LaurelInterface", "", "version: int32"),
};

}  // namespace laurel::LAUREL_VARIANT
