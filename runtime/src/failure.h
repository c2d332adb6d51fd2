// SPDX-License-Identifier: Apache-2.0
// How functions inside the runtime fail: they throw Failure, which only the C API's functions catch
// and turn into a tgc_status. Nothing is thrown across the ABI.
#pragma once
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "tgc/runtime.h"

namespace tgc::runtime {

struct Failure {
  tgc_status status;
  std::string message;
};

[[noreturn]] inline void fail(tgc_status status, std::string message) {
  throw Failure{status, std::move(message)};
}

// Runs f and reports what it throws.
template <class F>
tgc_status guarded(tgc_error* error, const F& f) noexcept;

tgc_status report(tgc_error* error, tgc_status status, const char* message) noexcept;

template <class F>
tgc_status guarded(tgc_error* error, const F& f) noexcept {
  try {
    f();
    return report(error, TGC_OK, "");
  } catch (const Failure& failure) {
    return report(error, failure.status, failure.message.c_str());
  } catch (const std::bad_alloc&) {
    return report(error, TGC_ERROR_MEMORY, "out of host memory");
  } catch (const std::exception& failure) {
    return report(error, TGC_ERROR_INTERNAL, failure.what());
  }
}

}  // namespace tgc::runtime
