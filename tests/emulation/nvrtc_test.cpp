// SPDX-License-Identifier: Apache-2.0
// The kernel texts the emulation runs, given to NVRTC for real GPUs: each must compile without a
// warning for every architecture. Skipped where there is no NVRTC.
//   emulation_nvrtc_test TEXT.cu …
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "support/diagnostic.h"
#include "support/file.h"
#include "targets/cuda/compile.h"
#include "targets/cuda/nvrtc.h"
#include "targets/prelude_headers.h"

namespace {

const std::vector<tgc::CudaArchitecture> kArchitectures = {
    {80, false}, {90, false}, {100, false}, {120, false}, {75, true}};

int failures = 0;

void expect(bool condition, const std::string& what) {
  if (condition) return;
  std::printf("FAILED: %s\n", what.c_str());
  ++failures;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

double processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

size_t count_kernels(const std::string& ptx) {
  size_t count = 0;
  for (size_t at = ptx.find(".entry"); at != std::string::npos; at = ptx.find(".entry", at + 1))
    ++count;
  return count;
}

tgc::NvrtcResult compile(const tgc::Nvrtc& nvrtc, const std::string& text, const std::string& name,
                         tgc::CudaArchitecture architecture) {
  std::vector<std::string> flags = tgc::default_nvrtc_flags(nvrtc.facts());
  flags.emplace_back("-fmad=false");
  return nvrtc.compile(text, name, architecture, tgc::cuda_prelude_headers(), flags);
}

void check_text(const tgc::Nvrtc& nvrtc, const std::string& path) {
  std::error_code error;
  const auto text = tgc::read_file(path, error);
  if (!text) {
    expect(false, "cannot read " + path);
    return;
  }
  std::string seconds;
  size_t kernels = 0;
  for (const tgc::CudaArchitecture& architecture : kArchitectures) {
    const double before = processor_seconds();
    const tgc::NvrtcResult result = compile(nvrtc, *text, path, architecture);
    char figure[32];
    std::snprintf(figure, sizeof(figure), " %s %.2f s", architecture.text().c_str(),
                  processor_seconds() - before);
    seconds += figure;
    expect(result.ok && result.log.empty(),
           path + " for " + architecture.text() + ":\n" + result.log);
    if (architecture.ptx) kernels = count_kernels(result.code);
  }
  std::printf("%s: %zu kernels,%s of core time\n", path.substr(path.rfind('/') + 1).c_str(),
              kernels, seconds.c_str());
}

// The instructions that the texts are about are in the code: nothing fell back to something else.
void check_instructions(const tgc::Nvrtc& nvrtc) {
  const std::string head = "#include \"tgc/cuda_prelude.h\"\n";
  const std::string tensor =
      head +
      "TGC_KERNEL(k, 128, 1, (TGC_GLOBAL(const tgc_half) a, TGC_GLOBAL(const tgc_half) b,\n"
      "                       TGC_GLOBAL(float) c, int64_t n)) {\n"
      "  tgc_tensor_contraction<tgc_tensor_tile<64, 64, 32, 32>, tgc_half>(\n"
      "      int(n), int(n), int(n), tgc_make_matrix<8, true>(a, n * n, n, int64_t(1)),\n"
      "      tgc_make_matrix<8, false>(b, n * n, int64_t(1), n),\n"
      "      tgc_make_matrix_store<2>(c, n * n, n));\n"
      "}\n";
  const std::string ptx80 = compile(nvrtc, tensor, "tensor.cu", {80, true}).code;
  for (const char* instruction :
       {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", "cp.async.cg.shared.global",
        "ldmatrix.sync.aligned.m8n8.x4.shared.b16",
        "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16", "st.global.v2"}) {
    expect(holds(ptx80, instruction), std::string("no ") + instruction + " for compute_80");
  }
  const std::string ptx75 = compile(nvrtc, tensor, "tensor.cu", {75, true}).code;
  expect(holds(ptx75, "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32"), "no mma for compute_75");
  expect(!holds(ptx75, "cp.async"), "cp.async for compute_75");

  const std::string packed =
      head +
      "TGC_KERNEL(k, 128, 1, (TGC_GLOBAL(const float) x, TGC_GLOBAL(float) y)) {\n"
      "  tgc_pack<float, 4> v = tgc_load_pack<4>(x, int64_t(threadIdx.x) * 4);\n"
      "  v[0] = tgc_maximum(v[0] * v[1] + v[2], v[3]);\n"
      "  tgc_store_pack(y, int64_t(threadIdx.x) * 4, v);\n"
      "}\n";
  const std::string ptx = compile(nvrtc, packed, "packed.cu", {80, true}).code;
  for (const char* instruction : {"ld.global.nc.v4", "st.global.v4", "max.NaN.f32"}) {
    expect(holds(ptx, instruction), std::string("no ") + instruction + " for compute_80");
  }
  expect(!holds(ptx, "fma"), "a multiplication and an addition were fused");
}

}  // namespace

int main(int argc, char** argv) {
  tgc::Diagnostics diagnostics;
  const auto nvrtc = tgc::Nvrtc::load(tgc::CudaSearch{}, diagnostics);
  if (nvrtc == nullptr) {
    std::printf("skipped: NVRTC (libnvrtc.so.13) was not found\n");
    return 77;
  }
  std::printf("%s\n", nvrtc->facts().version_text().c_str());
  for (int i = 1; i < argc; ++i) check_text(*nvrtc, argv[i]);
  check_instructions(*nvrtc);
  if (failures == 0) std::printf("ok\n");
  return failures == 0 ? 0 : 1;
}
