// tfjs's binding with two more functions, compiled in place of the npm package's tfjs_binding.cc:
//
//   addFunction(bytes)     registers a FunctionDef, which `executeOp` then runs by its name as one operation
//   removeFunction(name)   forgets it
//
// tfjs never registers functions, so its backend keeps TensorFlow's context to itself.

#include <node_api.h>

#include <memory>
#include <string>
#include <unordered_map>

#define private public  // the context
#include "tfjs_backend.h"
#undef private

#undef NAPI_MODULE
#define NAPI_MODULE(name, init)  // registered below
#include "tfjs_binding.cc"

namespace tfnodejs {

static napi_value AddFunction(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value bytes;
  napi_status nstatus = napi_get_cb_info(env, info, &argc, &bytes, nullptr, nullptr);
  ENSURE_NAPI_OK_RETVAL(env, nstatus, nullptr);
  napi_typedarray_type type;
  size_t length;
  void *data;
  nstatus = napi_get_typedarray_info(env, bytes, &type, &length, &data, nullptr, nullptr);
  ENSURE_NAPI_OK_RETVAL(env, nstatus, nullptr);

  TFJSBackend *const backend = GetTFJSBackend(env);
  if (!backend) return nullptr;
  TF_AutoStatus tf_status;
  TFE_ContextAddFunctionDef(backend->tfe_context_, static_cast<const char *>(data), length, tf_status.status);
  ENSURE_TF_OK_RETVAL(env, tf_status, nullptr);
  return nullptr;
}

static napi_value RemoveFunction(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value name_value;
  napi_status nstatus = napi_get_cb_info(env, info, &argc, &name_value, nullptr, nullptr);
  ENSURE_NAPI_OK_RETVAL(env, nstatus, nullptr);
  std::string name;
  nstatus = GetStringParam(env, name_value, name);
  ENSURE_NAPI_OK_RETVAL(env, nstatus, nullptr);

  TFJSBackend *const backend = GetTFJSBackend(env);
  if (!backend) return nullptr;
  TF_AutoStatus tf_status;
  TFE_ContextRemoveFunction(backend->tfe_context_, name.c_str(), tf_status.status);
  ENSURE_TF_OK_RETVAL(env, tf_status, nullptr);
  return nullptr;
}

static napi_value InitWithFunctions(napi_env env, napi_value exports) {
  if (InitTFNodeJSBinding(env, exports) == nullptr) return nullptr;
  const napi_property_descriptor functions[] = {
      {"addFunction", nullptr, AddFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"removeFunction", nullptr, RemoveFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
  };
  const napi_status nstatus = napi_define_properties(env, exports, sizeof(functions) / sizeof(*functions), functions);
  ENSURE_NAPI_OK_RETVAL(env, nstatus, exports);
  return exports;
}

}  // namespace tfnodejs

NAPI_MODULE_INIT() { return tfnodejs::InitWithFunctions(env, exports); }
