/** Registers the kernels with TensorFlow when the binding is loaded: those for the processor's best instruction set. */
#include <cstdlib>
#include <cstring>
#include <string>
#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

#include "op-table.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"

namespace laurel {

#if defined(__x86_64__)
// Weak: missing if the compiler doesn't support the instructions.
namespace x86_v3 {
extern const OpTable table __attribute__((weak));
}
namespace x86_v4 {
extern const OpTable table __attribute__((weak));
}
namespace x86_bf16 {
extern const OpTable table __attribute__((weak));
}
namespace x86_amx {
extern const OpTable table __attribute__((weak));
}
#else
namespace portable {
extern const OpTable table;
}
#endif

namespace {

#if defined(__x86_64__)
struct Leaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  explicit Leaf(unsigned subleaf) { __get_cpuid_count(7, subleaf, &eax, &ebx, &ecx, &edx); }
};

/** AVX-512's bfloat16 products and conversions. */
bool has_bf16() { return Leaf(1).eax >> 5 & 1; }

/** AMX tiles, and the OS's permission to use them, requested once per process. */
bool has_amx() {
#if defined(__linux__)
  constexpr long ask = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  const unsigned bits = Leaf(0).edx;
  return (bits >> 22 & 1) && (bits >> 24 & 1) && syscall(SYS_arch_prctl, ask, tile_data) == 0;
#else
  return false;
#endif
}

/** For tests of every variant on one machine: LAUREL_KERNELS=x86_v4 stops the search at that variant. */
bool may_use(const char* name) {
  const char* most = std::getenv("LAUREL_KERNELS");
  for (const char* each : {"x86_v3", "x86_v4", "x86_bf16", "x86_amx"}) {
    if (std::strcmp(each, name) == 0) return true;
    if (most && std::strcmp(each, most) == 0) return false;
  }
  return false;
}
#endif

/** Null: the processor is older than all variants, so the plain formulas are used. */
const OpTable* best_table() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool has_v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const bool has_v4_bf16 = has_v4 && has_bf16();
  if (&x86_amx::table && may_use("x86_amx") && has_v4_bf16 && has_amx()) return &x86_amx::table;
  if (&x86_bf16::table && may_use("x86_bf16") && has_v4_bf16) return &x86_bf16::table;
  if (&x86_v4::table && may_use("x86_v4") && has_v4) return &x86_v4::table;
  return has_v3 ? &x86_v3::table : nullptr;
#else
  return &portable::table;
#endif
}

/** Call use(part) for each part of "a; b; c". */
template <class F>
void each_part(const std::string& list, F use) {
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = list.find(';', begin);
    const size_t first = list.find_first_not_of(' ', begin);
    use(list.substr(first, end == std::string::npos ? end : end - first).c_str());
    begin = end == std::string::npos ? list.size() : end + 1;
  }
}

/** Shapes are known when a kernel runs; nothing needs them earlier. */
void unknown_shapes(TF_ShapeInferenceContext* context, TF_Status* status) { TF_ShapeInferenceContextSetUnknownShape(context, status); }

void define(const Op& op, TF_Status* status) {
  TF_OpDefinitionBuilder* builder = TF_NewOpDefinitionBuilder(op.name);
  each_part(op.inputs, [&](const char* input) { TF_OpDefinitionBuilderAddInput(builder, input); });
  each_part(op.outputs, [&](const char* output) { TF_OpDefinitionBuilderAddOutput(builder, output); });
  each_part(op.attributes, [&](const char* attribute) { TF_OpDefinitionBuilderAddAttr(builder, attribute); });
  if (op.of_float) TF_OpDefinitionBuilderAddAttr(builder, "T: {float, bfloat16}");
  TF_OpDefinitionBuilderSetIsStateful(builder, true);  // some write into their inputs
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, unknown_shapes);
  TF_RegisterOpDefinition(builder, status);
}

void add_kernel(const Op& op, Op::Compute compute, TF_DataType type, TF_Status* status) {
  TF_KernelBuilder* builder = TF_NewKernelBuilder(op.name, "CPU", op.create, compute, op.destroy);
  if (compute != op.untyped) TF_KernelBuilder_TypeConstraint(builder, "T", type, status);
  TF_RegisterKernelBuilder(op.name, builder, status);
}

/** TensorFlow aborts the process if a name is registered twice, and another copy of the binding may have been first. */
bool is_registered(const char* name, TF_Status* status) {
  TF_Graph* graph = TF_NewGraph();
  TF_Buffer* definition = TF_NewBuffer();
  TF_GraphGetOpDef(graph, name, definition, status);
  TF_DeleteBuffer(definition);
  TF_DeleteGraph(graph);
  return TF_GetCode(status) == TF_OK;
}

bool register_all() {
  const OpTable* table = best_table();
  if (!table) return false;
  TF_Status* status = TF_NewStatus();
  if (!is_registered(table->lists[0].ops[0].name, status)) {
    for (int list = 0; list < table->count; list++) {
      for (int i = 0; i < table->lists[list].count; i++) {
        const Op& op = table->lists[list].ops[i];
        define(op, status);
        if (op.untyped) add_kernel(op, op.untyped, TF_FLOAT, status);
        if (op.of_float) add_kernel(op, op.of_float, TF_FLOAT, status);
        if (op.of_bfloat16) add_kernel(op, op.of_bfloat16, TF_BFLOAT16, status);
      }
    }
  }
  TF_DeleteStatus(status);
  return true;
}

[[maybe_unused]] const bool registered = register_all();

}  // namespace
}  // namespace laurel
