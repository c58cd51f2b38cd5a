/** Attributes of all attention ops. */
#pragma once

#include "op.h"

namespace laurel::LAUREL_VARIANT {

struct AttentionSizes {
  int64_t heads, key_value_heads, head_dim;
  int64_t window;  // 0: all positions

  explicit AttentionSizes(Construction& c)
      : heads(c.integer("heads")),
        key_value_heads(c.integer("keyValueHeads")),
        head_dim(c.integer("headDim")),
        window(c.integer("window")) {}

  /** Query heads per key-value head. */
  int64_t group() const { return heads / key_value_heads; }
};

}  // namespace laurel::LAUREL_VARIANT
