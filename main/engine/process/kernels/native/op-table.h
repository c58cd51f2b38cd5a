/**
 * What a kernel source hands to TensorFlow: plain tables that need no code to come into being, because a table for AVX-512
 * is also loaded where there is none.
 */
#pragma once

#include "tensorflow/c/kernels.h"

namespace laurel {

struct Op {
  using Create = void* (*)(TF_OpKernelConstruction*);
  using Compute = void (*)(void*, TF_OpKernelContext*);
  using Destroy = void (*)(void*);

  const char* name;
  const char* inputs;      // "x: T; rows: int32"
  const char* outputs;     // likewise; empty for an op that writes into its inputs
  const char* attributes;  // "heads: int; epsilon: float"
  Create create;
  Destroy destroy;
  Compute of_float;     // null: the op has no type attribute, and `untyped` is what it computes
  Compute of_bfloat16;  // T = bfloat16
  Compute untyped;
};

struct OpList {
  const Op* ops;
  int count;
};

/** All kernels compiled for one instruction set. */
struct OpTable {
  const OpList* lists;
  int count;
};

}  // namespace laurel
