/**
 * TensorFlow's C interface for kernels, as kernel sources see it.
 *
 * A kernel is a struct with an optional constructor from `Construction` (attributes) and a member `template <typename T> void
 * compute(Context&) const`, or `void compute(Context&) const` if no type varies. Everything here is in the namespace of one instruction
 * set, so that the linker never merges code of different variants. For the same reason, kernel sources use only those parts of the standard
 * library that are compiled away.
 */
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>

#include "op-table.h"
#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"
#include "vector.h"

namespace laurel::LAUREL_VARIANT {

template <typename T>
struct TypeNumber;
template <>
struct TypeNumber<float> {
  static constexpr TF_DataType value = TF_FLOAT;
};
template <>
struct TypeNumber<bfloat16> {
  static constexpr TF_DataType value = TF_BFLOAT16;
};
template <>
struct TypeNumber<int32_t> {
  static constexpr TF_DataType value = TF_INT32;
};

/** Attributes of a kernel's op. */
class Construction {
 public:
  explicit Construction(TF_OpKernelConstruction* construction) : construction_(construction), status_(TF_NewStatus()) {}
  Construction(const Construction&) = delete;
  Construction& operator=(const Construction&) = delete;
  ~Construction() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelConstruction_Failure(construction_, status_);
    TF_DeleteStatus(status_);
  }
  int64_t integer(const char* name) {
    int64_t value = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_);
    return value;
  }
  float real(const char* name) {
    float value = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
    return value;
  }
  bool flag(const char* name) {
    unsigned char value = 0;
    if (ok()) TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_);
    return value != 0;
  }

 private:
  bool ok() const { return TF_GetCode(status_) == TF_OK; }
  TF_OpKernelConstruction* construction_;
  TF_Status* status_;
};

/** Inputs and outputs of one call. */
class Context {
 public:
  explicit Context(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : inputs_) {
      if (tensor) TF_DeleteTensor(tensor);
    }
    while (scratch_) {
      Scratch* next = scratch_->next;
      ::operator delete(scratch_, std::align_val_t(alignof(Scratch)));
      scratch_ = next;
    }
    TF_DeleteStatus(status_);
  }

  /** Fail the call with this message unless the condition holds: `if (!c.require(...)) return;`. */
  bool require(bool condition, const char* otherwise) {
    if (!condition && ok()) TF_SetStatus(status_, TF_INVALID_ARGUMENT, otherwise);
    return ok();
  }

  int rank(int input) { return TF_NumDims(tensor(input)); }
  int64_t size(int input) { return TF_TensorElementCount(tensor(input)); }
  /** Extent along an axis; axis -1 is the last. */
  int64_t dim(int input, int axis) { return TF_Dim(tensor(input), axis < 0 ? axis + rank(input) : axis); }
  /** Product of all axes but the last. */
  int64_t rows(int input) {
    int64_t count = 1;
    for (int axis = 0; axis + 1 < rank(input); axis++) count *= dim(input, axis);
    return count;
  }

  template <typename T>
  const T* input(int index) {
    return mutable_input<T>(index);
  }
  /** For kernels that write into an input's buffer: all users of the buffer see the change. */
  template <typename T>
  T* mutable_input(int index) {
    if (!require(TF_TensorType(tensor(index)) == TypeNumber<T>::value, "an input has the wrong type")) return nullptr;
    return static_cast<T*>(TF_TensorData(tensor(index)));
  }

  template <typename T>
  T* output(int index, std::initializer_list<int64_t> dims) {
    return allocate<T>(index, dims.begin(), static_cast<int>(dims.size()));
  }
  /** An output with an input's shape, optionally with another last axis. */
  template <typename T>
  T* output_like(int index, int input, int64_t last = -1) {
    int64_t dims[8];
    const int count = rank(input);
    if (!require(count <= 8, "too many axes")) return nullptr;
    for (int axis = 0; axis < count; axis++) dims[axis] = dim(input, axis);
    if (last >= 0) dims[count - 1] = last;
    return allocate<T>(index, dims, count);
  }

  /** Memory that is freed after the call. */
  template <typename T>
  T* scratch(int64_t count) {
    auto* block = static_cast<Scratch*>(::operator new(sizeof(Scratch) + count * sizeof(T), std::align_val_t(alignof(Scratch))));
    block->next = scratch_;
    scratch_ = block;
    return reinterpret_cast<T*>(block + 1);
  }

 private:
  static constexpr int most_inputs = 16;
  struct alignas(64) Scratch {
    Scratch* next;
  };

  bool ok() const { return TF_GetCode(status_) == TF_OK; }

  TF_Tensor* tensor(int index) {
    if (!inputs_[index]) TF_GetInput(context_, index, &inputs_[index], status_);
    return inputs_[index];
  }

  template <typename T>
  T* allocate(int index, const int64_t* dims, int count) {
    int64_t elements = 1;
    for (int axis = 0; axis < count; axis++) elements *= dims[axis];
    TF_Tensor* made = TF_AllocateOutput(context_, index, TypeNumber<T>::value, dims, count, elements * sizeof(T), status_);
    if (!made) return nullptr;
    void* data = TF_TensorData(made);
    TF_DeleteTensor(made);  // the context holds the buffer
    return static_cast<T*>(data ? data : this);  // an empty tensor has no data, but null would mean failure
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  TF_Tensor* inputs_[most_inputs] = {};
  Scratch* scratch_ = nullptr;
};

template <class Kernel>
void* create(TF_OpKernelConstruction* tensorflow) {
  if constexpr (__is_constructible(Kernel, Construction&)) {
    Construction construction(tensorflow);
    return new Kernel(construction);
  } else {
    return new Kernel();
  }
}

template <class Kernel>
void destroy(void* kernel) {
  delete static_cast<Kernel*>(kernel);
}

template <class Kernel, typename T>
void compute_typed(void* kernel, TF_OpKernelContext* tensorflow) {
  Context context(tensorflow);
  static_cast<const Kernel*>(kernel)->template compute<T>(context);
}

template <class Kernel>
void compute_untyped(void* kernel, TF_OpKernelContext* tensorflow) {
  Context context(tensorflow);
  static_cast<const Kernel*>(kernel)->compute(context);
}

/** An op whose type attribute T is float or bfloat16. */
template <class Kernel>
constexpr Op typed(const char* name, const char* inputs, const char* outputs, const char* attributes = "") {
  constexpr Op::Compute of_float = compute_typed<Kernel, float>, of_bfloat16 = compute_typed<Kernel, bfloat16>;
  return {name, inputs, outputs, attributes, create<Kernel>, destroy<Kernel>, of_float, of_bfloat16, nullptr};
}

/** An op without a type attribute. */
template <class Kernel>
constexpr Op untyped(const char* name, const char* inputs, const char* outputs, const char* attributes = "") {
  return {name, inputs, outputs, attributes, create<Kernel>, destroy<Kernel>, nullptr, nullptr, compute_untyped<Kernel>};
}

}  // namespace laurel::LAUREL_VARIANT
