/** All kernels, compiled once per instruction set (named by LAUREL_VARIANT). */
#include "interface.cc"
#include "token-scores.cc"
#include "sums.cc"
#include "adamw.cc"
#include "shortlist.cc"
#include "attention.cc"
#include "attention-backward.cc"
#include "rows.cc"
#include "add-bias.cc"
#include "rms-norm.cc"
#include "rope.cc"
#include "glu.cc"
#include "thin-product.cc"

namespace laurel::LAUREL_VARIANT {
namespace {

template <int N>
constexpr OpList list(const Op (&ops)[N]) {
  return {ops, N};
}

/** The first op must exist in every version of this table: its presence means that the others are registered. */
constexpr OpList lists[] = {
    list(interface_ops),
    list(token_scores_ops),
    list(sums_ops),
    list(adamw_ops),
    list(shortlist_ops),
    list(attention_ops),
    list(attention_backward_ops),
    list(rows_ops),
    list(add_bias_ops),
    list(rms_norm_ops),
    list(rope_ops),
    list(glu_ops),
    list(thin_product_ops),
};

}  // namespace

extern const OpTable table;
const OpTable table = {lists, sizeof lists / sizeof lists[0]};

}  // namespace laurel::LAUREL_VARIANT
