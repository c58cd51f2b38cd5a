/**
 * Interface between kernel sources and TensorFlow: plain tables without initializers, because a table for AVX-512 is also loaded on
 * processors without it.
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
  const char* outputs;     // same format; empty for an op that writes into its inputs
  const char* attributes;  // "heads: int; epsilon: float"
  Create create;
  Destroy destroy;
  Compute of_float;     // null: no type attribute, use `untyped`
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
