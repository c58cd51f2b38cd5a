/** All kernels, compiled once for each instruction set (LAUREL_VARIANT is its name). */
#include "interface.cc"
#include "swiglu.cc"

namespace laurel::LAUREL_VARIANT {
namespace {

template <int N>
constexpr OpList list(const Op (&ops)[N]) {
  return {ops, N};
}

/** The first op must exist in every version of this table: it tells whether the others are registered. */
constexpr OpList lists[] = {
    list(interface_ops),
    list(swiglu_ops),
};

}  // namespace

extern const OpTable table;
const OpTable table = {lists, sizeof lists / sizeof lists[0]};

}  // namespace laurel::LAUREL_VARIANT
