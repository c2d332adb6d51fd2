// SPDX-License-Identifier: Apache-2.0
// The C API (tgc/runtime.h): checks pointers, keeps counts, turns failures into statuses.
#include <algorithm>

#include "context.h"
#include "failure.h"
#include "xxhash_inline.h"

using tgc::runtime::Engine;
using tgc::runtime::fail;
using tgc::runtime::FunctionEntry;
using tgc::runtime::guarded;
using tgc::runtime::Program;
using tgc::runtime::SharedInfo;

namespace {

void require(const void* pointer, const char* name) {
  if (pointer == nullptr) {
    fail(TGC_ERROR_ARGUMENT, std::string("argument '") + name + "' is NULL");
  }
}

void release_engine(tgc_engine* engine) {
  if (engine->references.fetch_sub(1) == 1) delete engine;
}

void describe_value(const Engine& engine, const Program& program, const tgc_plan_value& value,
                    const char* name, tgc_value_info& info) {
  (void)engine;
  info = {};
  info.name = name;
  info.dtype = value.dtype;
  info.rank = value.rank;
  for (uint32_t axis = 0; axis < value.rank; ++axis) {
    const tgc_plan_expr& expr = program.exprs[program.pool[value.dims + axis]];
    info.dims[axis] = expr.op == TGC_EXPR_CONSTANT ? expr.value : -1;
  }
}

}  // namespace

extern "C" {

tgc_status tgc_engine_open(const char* path, const tgc_options* options, tgc_engine** engine,
                           tgc_error* error) {
  return guarded(error, [&] {
    require(path, "path");
    require(engine, "engine");
    *engine = new tgc_engine(path, tgc::runtime::resolve_settings(options));
  });
}

void tgc_engine_close(tgc_engine* engine) {
  if (engine != nullptr) release_engine(engine);
}

const char* tgc_engine_name(const tgc_engine* engine) {
  return engine == nullptr ? "" : engine->engine.plan().name().c_str();
}

const char* tgc_engine_device(const tgc_engine* engine) {
  return engine == nullptr ? "" : engine->engine.device_name().c_str();
}

uint32_t tgc_function_count(const tgc_engine* engine) {
  return engine == nullptr ? 0 : static_cast<uint32_t>(engine->engine.functions().size());
}

int32_t tgc_function_find(const tgc_engine* engine, const char* name) {
  if (engine == nullptr || name == nullptr) return -1;
  const auto& functions = engine->engine.functions();
  for (size_t i = 0; i < functions.size(); ++i) {
    if (functions[i].name == name) return static_cast<int32_t>(i);
  }
  return -1;
}

tgc_status tgc_function_describe(const tgc_engine* engine, uint32_t function,
                                 tgc_function_info* info, tgc_error* error) {
  return guarded(error, [&] {
    require(engine, "engine");
    require(info, "info");
    const FunctionEntry& entry = engine->engine.function(function);
    *info = {entry.name.c_str(), static_cast<uint32_t>(entry.program->inputs.size()),
             static_cast<uint32_t>(entry.program->outputs.size()),
             static_cast<uint32_t>(entry.program->updates.size())};
  });
}

tgc_status tgc_input_describe(const tgc_engine* engine, uint32_t function, uint32_t input,
                              tgc_value_info* info, tgc_error* error) {
  return guarded(error, [&] {
    require(engine, "engine");
    require(info, "info");
    const FunctionEntry& entry = engine->engine.function(function);
    if (input >= entry.input_names.size()) fail(TGC_ERROR_ARGUMENT, "there is no such input");
    describe_value(engine->engine, *entry.program, entry.program->inputs[input],
                   entry.input_names[input].c_str(), *info);
  });
}

tgc_status tgc_output_describe(const tgc_engine* engine, uint32_t function, uint32_t output,
                               tgc_value_info* info, tgc_error* error) {
  return guarded(error, [&] {
    require(engine, "engine");
    require(info, "info");
    const FunctionEntry& entry = engine->engine.function(function);
    if (output >= entry.output_names.size()) fail(TGC_ERROR_ARGUMENT, "there is no such output");
    describe_value(engine->engine, *entry.program, entry.program->outputs[output],
                   entry.output_names[output].c_str(), *info);
  });
}

uint32_t tgc_shared_count(const tgc_engine* engine) {
  return engine == nullptr ? 0 : static_cast<uint32_t>(engine->engine.plan().shared().size());
}

tgc_status tgc_shared_describe(const tgc_engine* engine, uint32_t shared, tgc_value_info* info,
                               tgc_error* error) {
  return guarded(error, [&] {
    require(engine, "engine");
    require(info, "info");
    const auto& list = engine->engine.plan().shared();
    if (shared >= list.size()) fail(TGC_ERROR_ARGUMENT, "there is no such shared variable");
    *info = {};
    info->name = list[shared].name.c_str();
    info->dtype = list[shared].dtype;
    info->rank = static_cast<uint32_t>(list[shared].dims.size());
    std::copy(list[shared].dims.begin(), list[shared].dims.end(), info->dims);
  });
}

tgc_status tgc_state_new(tgc_engine* engine, tgc_state** state, tgc_error* error) {
  return guarded(error, [&] {
    require(engine, "engine");
    require(state, "state");
    *state = new tgc_state(*engine);
  });
}

void tgc_state_retain(tgc_state* state) {
  if (state != nullptr) state->references.fetch_add(1);
}

void tgc_state_release(tgc_state* state) {
  if (state == nullptr || state->references.fetch_sub(1) != 1) return;
  tgc_engine* engine = &state->state.owner();
  delete state;
  release_engine(engine);
}

tgc_status tgc_state_get(tgc_state* state, const char* name, tgc_tensor* tensor, tgc_error* error) {
  return guarded(error, [&] {
    require(state, "state");
    require(name, "name");
    require(tensor, "tensor");
    state->state.get(name, *tensor);
  });
}

tgc_status tgc_state_set(tgc_state* state, const char* name, const tgc_tensor* tensor,
                         tgc_error* error) {
  return guarded(error, [&] {
    require(state, "state");
    require(name, "name");
    require(tensor, "tensor");
    state->state.set(name, *tensor);
  });
}

tgc_status tgc_state_save(tgc_state* state, const char* path, tgc_error* error) {
  return guarded(error, [&] {
    require(state, "state");
    require(path, "path");
    state->state.save(path);
  });
}

tgc_status tgc_state_load(tgc_state* state, const char* path, tgc_error* error) {
  return guarded(error, [&] {
    require(state, "state");
    require(path, "path");
    state->state.load(path);
  });
}

tgc_status tgc_context_new(tgc_engine* engine, tgc_state* state, tgc_context** context,
                           tgc_error* error) {
  return guarded(error, [&] {
    require(engine, "engine");
    require(context, "context");
    if (state != nullptr && &state->state.owner() != engine) {
      fail(TGC_ERROR_ARGUMENT, "the state was made by another engine");
    }
    tgc_state* own = state == nullptr ? new tgc_state(*engine) : nullptr;
    try {
      *context = new tgc_context(*engine, state == nullptr ? *own : *state);
    } catch (...) {
      tgc_state_release(own);
      throw;
    }
    tgc_state_release(own);  // the context holds its own reference
  });
}

void tgc_context_free(tgc_context* context) {
  if (context == nullptr) return;
  tgc_state* state = &context->context.state();
  tgc_engine* engine = &state->state.owner();
  delete context;
  tgc_state_release(state);
  release_engine(engine);
}

tgc_state* tgc_context_state(tgc_context* context) {
  return context == nullptr ? nullptr : &context->context.state();
}

tgc_status tgc_context_set_state(tgc_context* context, tgc_state* state, tgc_error* error) {
  return guarded(error, [&] {
    require(context, "context");
    require(state, "state");
    context->context.set_state(*state);
  });
}

tgc_status tgc_call(tgc_context* context, uint32_t function, const tgc_tensor* inputs,
                    uint32_t input_count, tgc_tensor* outputs, uint32_t output_count,
                    tgc_error* error) {
  return guarded(error, [&] {
    require(context, "context");
    if (input_count > 0) require(inputs, "inputs");
    if (output_count > 0) require(outputs, "outputs");
    context->context.call(function, inputs, input_count, outputs, output_count);
  });
}

tgc_status tgc_memory_need(tgc_context* context, uint32_t function, const tgc_tensor* inputs,
                           uint32_t input_count, uint64_t* bytes, tgc_error* error) {
  return guarded(error, [&] {
    require(context, "context");
    if (input_count > 0) require(inputs, "inputs");
    require(bytes, "bytes");
    *bytes = context->context.memory_need(function, inputs, input_count);
  });
}

tgc_status tgc_bundle_check(const char* path, const tgc_options* options, tgc_error* error) {
  return guarded(error, [&] {
    require(path, "path");
    tgc_options wanted = {};
    if (options != nullptr) wanted = *options;
    wanted.size = sizeof wanted;
    wanted.check_digests = 0;
    const Engine engine(path, tgc::runtime::resolve_settings(&wanted));
    if (engine.device() != nullptr) engine.device()->prepare_all();
    for (const SharedInfo& shared : engine.plan().shared()) {
      const unsigned char* data = engine.weights().data() + shared.offset;
      if (tgc::runtime::xxh3_64(data, shared.bytes) != shared.checksum) {
        fail(TGC_ERROR_BUNDLE, "the initial value of shared variable " + shared.name +
                                   " in weights.safetensors is damaged (its checksum differs)");
      }
    }
  });
}

const char* tgc_context_profile(tgc_context* context) {
  return context == nullptr ? "" : context->context.profile();
}

}  // extern "C"
