// SPDX-License-Identifier: Apache-2.0
// Compiling and packing with the NVRTC and the packer of this machine. Without NVRTC the program
// says so and exits with 77, which ctest shows as skipped.
#include "targets/cuda/nvrtc.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>

#include "catch2/catch.hpp"
#include "support/file.h"
#include "support/process.h"
#include "support/text.h"
#include "targets/cuda/fatbin.h"

using namespace tgc;

namespace {

const CudaToolchain& toolchain() {
  static const CudaToolchain loaded = [] {
    Diagnostics diagnostics;
    if (const auto found = load_cuda_toolchain({}, diagnostics)) return *found;
    std::cout << "skipped: " << diagnostics.all().at(0).message << "\n";
    std::exit(77);
  }();
  return loaded;
}

CudaUnit scale_kernel(const std::string& name, const std::string& factor) {
  return {name,
          "extern \"C\" __global__ void " + name +
              "(const float* x, float* y, long long n) {\n"
              "  long long i = blockIdx.x * 256ll + threadIdx.x;\n"
              "  if (i < n) y[i] = expf(x[i]) * " +
              factor + ";\n}\n",
          {}};
}

// A blob store over a map that counts.
struct CountingStore {
  std::map<std::string, std::string> blobs;
  int hits = 0;
  std::mutex mutex;

  BlobStore store() {
    return {[this](const BlobKey& key) -> std::optional<std::string> {
              const std::lock_guard lock(mutex);
              const auto found = blobs.find(key.digest);
              if (found == blobs.end()) return std::nullopt;
              ++hits;
              return found->second;
            },
            [this](const BlobKey& key, std::string_view bytes) {
              const std::lock_guard lock(mutex);
              blobs[key.digest] = bytes;
            }};
  }
};

const std::vector<CudaArchitecture> kTwo = {{90, false}, {75, true}};

std::vector<std::string> codes_of(const std::vector<CudaUnit>& units, int threads) {
  Diagnostics diagnostics;
  CudaCompileOptions options;
  options.threads = threads;
  const auto images = compile_cuda(units, kTwo, *toolchain().nvrtc, options, {}, diagnostics);
  REQUIRE(images);
  std::vector<std::string> codes;
  for (const CudaImage& image : *images) {
    codes.push_back(image.code);
  }
  return codes;
}

std::string magic_at(const std::string& bytes, size_t offset) {
  return bytes.substr(offset, 4);
}

// How cuobjdump lists a fatbin, or "" without cuobjdump.
std::string listing(const std::string& bytes) {
  const std::string program = find_cuda_program({}, "cuobjdump");
  if (program.empty()) return "";
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-fatbin-test-", error);
  REQUIRE(folder);
  REQUIRE(!write_file_atomically(folder->path() + "/x.fatbin", bytes));
  return run_command({{program, "-lelf", "-lptx", "x.fatbin"}, folder->path(), {}}).output;
}

}  // namespace

TEST_CASE("NVRTC tells its version, its architectures and the driver its code needs") {
  const NvrtcFacts& facts = toolchain().nvrtc->facts();
  CHECK(facts.major >= 12);
  CHECK(facts.driver_api == facts.major * 1000 + facts.minor * 10);
  CHECK(!facts.identity.empty());
  CHECK(path_exists(facts.path));
  Diagnostics diagnostics;
  CHECK(check_architectures(default_cuda_architectures(), facts.architectures, facts.version_text(),
                            diagnostics));
}

TEST_CASE("machine code is an ELF file, PTX is text for the architecture asked for") {
  const auto codes = codes_of({scale_kernel("scale", "2.f")}, 1);
  CHECK(magic_at(codes[0], 0) ==
        "\x7f"
        "ELF");
  CHECK(codes[1].find(".target sm_75") != std::string::npos);
  CHECK(codes[1].find(".visible .entry scale(") != std::string::npos);
  CHECK(codes[1].find('\0') == std::string::npos);
}

TEST_CASE("code depends on neither the number of threads nor the call") {
  std::vector<CudaUnit> units;
  for (const char* factor : {"1.f", "2.f", "3.f", "4.f"}) {
    units.push_back(scale_kernel("scale", factor));
  }
  const auto once = codes_of(units, 1);
  CHECK(codes_of(units, 1) == once);
  CHECK(codes_of(units, 4) == once);
}

TEST_CASE("code depends on neither the unit's name nor comments") {
  CudaUnit unit = scale_kernel("scale", "2.f");
  const auto once = codes_of({unit}, 1);
  unit.name = "another";
  unit.text = "// the user's nodes\n\n" + unit.text + "/* end */\n";
  CHECK(codes_of({unit}, 1) == once);
}

TEST_CASE("headers come from memory") {
  Diagnostics diagnostics;
  CudaCompileOptions options;
  options.headers["tgc/one.h"] = "#include \"tgc/two.h\"\n";
  options.headers["tgc/two.h"] = "constexpr float two = 2.f;\n";
  CudaUnit unit = scale_kernel("scale", "two");
  unit.text = "#include \"tgc/one.h\"\n" + unit.text;
  CHECK(compile_cuda({unit}, kTwo, *toolchain().nvrtc, options, {}, diagnostics));
  CHECK(!diagnostics.has_errors());
}

TEST_CASE("a rejected kernel is named with its nodes, lines and architectures, its text kept") {
  std::error_code error;
  const auto folder = TempFolder::make("", "tgc-keep-test-", error);
  REQUIRE(folder);
  Diagnostics diagnostics;
  CudaCompileOptions options;
  options.keep_folder = folder->path() + "/kept";
  CudaUnit bad = scale_kernel("bad", "missing_constant");
  bad.origins = {"softmax_1", "dot_3"};
  CHECK(!compile_cuda({scale_kernel("good", "1.f"), bad}, kTwo, *toolchain().nvrtc, options, {},
                      diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  const Diagnostic& failure = diagnostics.all()[0];
  CHECK(failure.code == "cuda-compiler-failed");
  CHECK(failure.message == "NVRTC rejected kernel 'bad' for sm_90, compute_75");
  REQUIRE(failure.notes.size() == 3);
  CHECK(failure.notes[0].message == "it computes softmax_1, dot_3");
  CHECK(failure.notes[1].message.starts_with("bad.cu(3): error: "));
  CHECK(failure.notes[1].message.find("missing_constant") != std::string::npos);
  CHECK(failure.notes[2].message == "its text is kept as " + options.keep_folder + "/bad.cu");
  CHECK(read_file(options.keep_folder + "/bad.cu", error) == bad.text);
}

TEST_CASE("messages about joined units name the unit they are about") {
  Diagnostics diagnostics;
  const CudaUnit joined =
      join_units("all", {scale_kernel("good", "1.f"), scale_kernel("bad", "missing_constant")});
  CHECK(!compile_cuda({joined}, kTwo, *toolchain().nvrtc, {}, {}, diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].notes[0].message.starts_with("bad.cu(3): error: "));
}

TEST_CASE("an option NVRTC does not know is an error, not a crash") {
  Diagnostics diagnostics;
  CudaCompileOptions options;
  options.flags = {"--no-such-option"};
  CHECK(!compile_cuda({scale_kernel("k", "1.f")}, kTwo, *toolchain().nvrtc, options, {},
                      diagnostics));
  REQUIRE(diagnostics.all().size() == 1);
  CHECK(diagnostics.all()[0].notes[0].message.find("no-such-option") != std::string::npos);
}

TEST_CASE("what is in the cache is not compiled: other names and comments, not other flags") {
  CountingStore store;
  Diagnostics diagnostics;
  CudaCompileOptions options;
  const auto hits_with = [&](const CudaUnit& unit) {
    const int before = store.hits;
    REQUIRE(compile_cuda({unit}, kTwo, *toolchain().nvrtc, options, store.store(), diagnostics));
    return store.hits - before;
  };
  CudaUnit unit = scale_kernel("scale", "2.f");
  CHECK(hits_with(unit) == 0);
  CHECK(hits_with(unit) == 2);
  unit.text = "// comment\n" + unit.text;
  unit.name = "renamed";
  CHECK(hits_with(unit) == 2);
  options.flags = {"--fmad=false"};
  CHECK(hits_with(unit) == 0);
  options.headers["unused.h"] = "";
  CHECK(hits_with(unit) == 0);
  CHECK(hits_with(scale_kernel("scale", "3.f")) == 0);
}

TEST_CASE("progress counts to the number of units times architectures") {
  std::vector<size_t> done;
  CudaCompileOptions options;
  options.progress = [&](const CudaProgress& progress) {
    CHECK(progress.total == 4);
    done.push_back(progress.done);
  };
  Diagnostics diagnostics;
  CHECK(compile_cuda({scale_kernel("a", "1.f"), scale_kernel("b", "2.f")}, kTwo, *toolchain().nvrtc,
                     options, {}, diagnostics));
  CHECK(done == std::vector<size_t>{1, 2, 3, 4});
}

TEST_CASE("a fatbin file holds a fatbin a unit, each with an image for every architecture") {
  Diagnostics diagnostics;
  const auto fatbin = build_fatbin({scale_kernel("a", "1.f"), scale_kernel("b", "2.f")}, kTwo,
                                   toolchain(), {}, {}, diagnostics);
  REQUIRE(fatbin);
  REQUIRE(fatbin->modules.size() == 2);
  CHECK(fatbin->modules[0].offset == 0);
  CHECK(fatbin->modules[1].offset == fatbin->modules[0].size);
  CHECK(fatbin->modules[1].offset + fatbin->modules[1].size == fatbin->bytes.size());
  for (const FatbinModule& module : fatbin->modules) {
    CHECK(module.offset % 8 == 0);
    CHECK(magic_at(fatbin->bytes, module.offset) == "\x50\xed\x55\xba");
  }
  REQUIRE(fatbin->timings.size() == 2);
  CHECK(fatbin->timings[0].core_seconds > 0);
  const std::string listed = listing(fatbin->bytes);
  if (listed.empty()) {
    WARN("cuobjdump was not found: the listing of the fatbin is not checked");
    return;
  }
  CHECK(listed ==
        "ELF file    1: x.1.sm_90.cubin\nPTX file    1: x.1.sm_75.ptx\n"
        "ELF file    2: x.2.sm_90.cubin\nPTX file    2: x.2.sm_75.ptx\n");
}

TEST_CASE("a fatbin is the same each time, and from the cache as a whole the second time") {
  CountingStore store;
  Diagnostics diagnostics;
  const auto build = [&](const BlobStore& used) {
    const auto fatbin = build_fatbin({scale_kernel("a", "1.f"), scale_kernel("b", "2.f")}, kTwo,
                                     toolchain(), {}, used, diagnostics);
    REQUIRE(fatbin);
    return *fatbin;
  };
  const Fatbin first = build({});
  const Fatbin second = build(store.store());
  const Fatbin third = build(store.store());
  CHECK(second.bytes == first.bytes);
  CHECK(!second.from_cache);
  CHECK(third.bytes == first.bytes);
  CHECK(third.modules == first.modules);
  CHECK(third.from_cache);
  CHECK(store.hits == 1);
}

TEST_CASE("a damaged fatbin blob is built again") {
  CountingStore store;
  Diagnostics diagnostics;
  const std::vector<CudaUnit> units = {scale_kernel("a", "1.f")};
  const auto first = build_fatbin(units, kTwo, toolchain(), {}, store.store(), diagnostics);
  REQUIRE(first);
  for (auto& [key, blob] : store.blobs) {
    const bool is_fatbin = blob[0] >= '0' && blob[0] <= '9';
    if (is_fatbin) blob = "12 34\nx";
  }
  const auto second = build_fatbin(units, kTwo, toolchain(), {}, store.store(), diagnostics);
  REQUIRE(second);
  CHECK(!second->from_cache);
  CHECK(second->bytes == first->bytes);
}

TEST_CASE("no units make an empty file") {
  Diagnostics diagnostics;
  const auto fatbin = build_fatbin({}, kTwo, toolchain(), {}, {}, diagnostics);
  REQUIRE(fatbin);
  CHECK(fatbin->bytes.empty());
  CHECK(fatbin->modules.empty());
}

TEST_CASE("the packer that was not chosen makes fatbins with the same images") {
  const std::string program = find_cuda_program({}, "fatbinary");
  const auto packer = program.empty() ? nullptr : program_packer(program);
  if (packer == nullptr) {
    WARN("no program fatbinary that runs was found: packing with it is not checked");
    return;
  }
  Diagnostics diagnostics;
  CudaToolchain with_program = toolchain();
  with_program.packer = packer;
  const std::vector<CudaUnit> units = {scale_kernel("a", "1.f")};
  const auto first = build_fatbin(units, kTwo, with_program, {}, {}, diagnostics);
  const auto second = build_fatbin(units, kTwo, with_program, {}, {}, diagnostics);
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->bytes == second->bytes);
  const auto chosen = build_fatbin(units, kTwo, toolchain(), {}, {}, diagnostics);
  REQUIRE(chosen);
  CHECK(listing(first->bytes) == listing(chosen->bytes));
}
