/* SPDX-License-Identifier: Apache-2.0
   Code of a bundle whose kernels do nothing: what the fuzzer's plans may call with any arguments.
 */
#include "tgc/bundle_abi.h"

#define IDLE_KERNELS 64

static void idle(const tgc_kernel_call* call, tgc_i64 begin, tgc_i64 end) {
  (void)call;
  (void)begin;
  (void)end;
}

#define FOUR idle, idle, idle, idle
#define SIXTEEN FOUR, FOUR, FOUR, FOUR
static const tgc_cpu_kernel kernels[IDLE_KERNELS] = {SIXTEEN, SIXTEEN, SIXTEEN, SIXTEEN};
static const tgc_cpu_level levels[] = {{TGC_LEVEL_X86_64_V3, 0, "", kernels}};

#define TABLE(name)                                                       \
  __attribute__((visibility("default"))) extern const tgc_cpu_table name; \
  const tgc_cpu_table name = {TGC_CODE_VERSION, IDLE_KERNELS, 1, 0, levels};
TABLE(tgc_code_control)
TABLE(tgc_code_linear)
TABLE(tgc_code_mixed)
