// SPDX-License-Identifier: Apache-2.0
// See fatbin.h. Function types as in nvFatbin's manual.
#include "targets/cuda/fatbin.h"

#include <charconv>
#include <chrono>
#include <iterator>
#include <type_traits>
#include <utility>

#include "support/check.h"
#include "support/file.h"
#include "support/process.h"
#include "support/text.h"

namespace tgc {
namespace {

using Clock = std::chrono::steady_clock;

void report_packer(const std::string& what, const std::string& log, Diagnostics& diagnostics) {
  Diagnostic& error = diagnostics.error("cuda-compiler-failed", what + " failed");
  if (!log.empty()) error.notes.push_back({std::string(trim(log)), {}});
}

class LibraryPacker final : public FatbinPacker {
 public:
  // False where the library has not all the functions.
  bool open(const LoadedLibrary& library) {
    path_ = library.path;
    const auto find = [&](const char* name, auto& function) {
      function =
          reinterpret_cast<std::decay_t<decltype(function)>>(library_function(library, name));
      return function != nullptr;
    };
    unsigned (*version)(unsigned*, unsigned*) = nullptr;
    const bool all = find("nvFatbinCreate", create_) && find("nvFatbinDestroy", destroy_) &&
                     find("nvFatbinAddPTX", add_ptx_) && find("nvFatbinAddCubin", add_cubin_) &&
                     find("nvFatbinSize", size_) && find("nvFatbinGet", get_) &&
                     find("nvFatbinGetErrorString", error_text_) &&
                     find("nvFatbinVersion", version);
    if (!all) return false;
    unsigned major = 0;
    unsigned minor = 0;
    version(&major, &minor);
    identity_ =
        "nvfatbin " + std::to_string(major) + "." + std::to_string(minor) + " " + library.identity;
    return true;
  }

  [[nodiscard]] std::string pack(const std::vector<const CudaImage*>& images,
                                 Diagnostics& diagnostics) const override {
    void* handle = nullptr;
    const char* options[] = {"-64", "-host=linux", "-compress-all"};
    unsigned error = create_(&handle, options, std::size(options));
    for (size_t i = 0; error == 0 && i < images.size(); ++i) {
      error = add(handle, *images[i]);
    }
    size_t size = 0;
    std::string bytes;
    if (error == 0) error = size_(handle, &size);
    if (error == 0) {
      bytes.resize(size);
      error = get_(handle, bytes.data());
    }
    if (handle != nullptr) destroy_(&handle);
    if (error == 0) return bytes;
    report_packer("nvfatbin", error_text_(error), diagnostics);
    return "";
  }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] const std::string& identity() const override { return identity_; }

 private:
  unsigned add(void* handle, const CudaImage& image) const {
    const std::string number = std::to_string(image.architecture.number);
    if (!image.architecture.ptx) {
      return add_cubin_(handle, image.code.data(), image.code.size(), number.c_str(), "");
    }
    // PTX is passed with its final zero.
    return add_ptx_(handle, image.code.c_str(), image.code.size() + 1, number.c_str(), "", "");
  }

  std::string path_;
  std::string identity_;
  unsigned (*create_)(void**, const char**, size_t) = nullptr;
  unsigned (*destroy_)(void**) = nullptr;
  unsigned (*add_ptx_)(void*, const char*, size_t, const char*, const char*, const char*) = nullptr;
  unsigned (*add_cubin_)(void*, const void*, size_t, const char*, const char*) = nullptr;
  unsigned (*size_)(void*, size_t*) = nullptr;
  unsigned (*get_)(void*, void*) = nullptr;
  const char* (*error_text_)(unsigned) = nullptr;
};

class ProgramPacker final : public FatbinPacker {
 public:
  ProgramPacker(std::string path, const std::string& version)
      : path_(std::move(path)), identity_("fatbinary " + version) {}

  [[nodiscard]] std::string pack(const std::vector<const CudaImage*>& images,
                                 Diagnostics& diagnostics) const override {
    std::error_code error;
    TempFolder::sweep("", "tgc-fatbin-");
    const auto folder = TempFolder::make("", "tgc-fatbin-", error);
    if (!folder) {
      report_packer("making a temporary folder", error.message(), diagnostics);
      return "";
    }
    Command command{
        {path_, "--create=out", "-64", "--compress-all"}, folder->path(), {{"LC_ALL", "C"}}};
    for (const CudaImage* image : images) {
      const std::string file = image->architecture.text();
      if (!error) error = write_file_atomically(join_path(folder->path(), file), image->code);
      command.arguments.push_back(
          "--image3=kind=" + std::string(image->architecture.ptx ? "ptx" : "elf") +
          ",sm=" + std::to_string(image->architecture.number) + ",file=" + file);
    }
    const ProcessResult result = error ? ProcessResult() : run_command(command);
    std::optional<std::string> bytes;
    if (result.ok()) bytes = read_file(join_path(folder->path(), "out"), error);
    if (bytes) return *bytes;
    report_packer(path_, error ? error.message() : result.status_text() + "\n" + result.output,
                  diagnostics);
    return "";
  }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] const std::string& identity() const override { return identity_; }

 private:
  std::string path_;
  std::string identity_;
};

// A built fatbin as one cache blob: "SIZE SIZE …\n", the sizes of the modules, then the bytes.
std::string encode(const Fatbin& fatbin) {
  std::string blob;
  for (const FatbinModule& module : fatbin.modules) {
    blob += std::to_string(module.size) + " ";
  }
  return blob + "\n" + fatbin.bytes;
}

// Nothing when the sizes do not add up, which a sound cache never gives.
std::optional<Fatbin> decode(const std::string& blob) {
  Fatbin fatbin;
  const size_t line = blob.find('\n');
  if (line == std::string::npos) return std::nullopt;
  uint64_t offset = 0;
  for (const std::string& text : split(std::string_view(blob).substr(0, line), ' ')) {
    if (text.empty()) continue;
    uint64_t size = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), size).ec != std::errc()) {
      return std::nullopt;
    }
    fatbin.modules.push_back({offset, size});
    offset += size;
  }
  fatbin.bytes = blob.substr(line + 1);
  fatbin.from_cache = true;
  if (offset != fatbin.bytes.size()) return std::nullopt;
  return fatbin;
}

std::vector<ArchitectureTiming> timings_of(const std::vector<CudaImage>& images,
                                           const std::vector<CudaArchitecture>& architectures) {
  std::vector<ArchitectureTiming> timings;
  for (const CudaArchitecture& architecture : architectures) {
    ArchitectureTiming timing{architecture, 0, 0};
    for (const CudaImage& image : images) {
      if (image.architecture != architecture) continue;
      timing.core_seconds += image.core_seconds;
      timing.from_cache += image.from_cache ? 1 : 0;
    }
    timings.push_back(timing);
  }
  return timings;
}

// Packs the images of each unit; false after an error.
bool pack_all(const std::vector<CudaImage>& images, size_t units, const FatbinPacker& packer,
              Fatbin& fatbin, Diagnostics& diagnostics) {
  const size_t each = units > 0 ? images.size() / units : 0;
  for (size_t unit = 0; unit < units; ++unit) {
    std::vector<const CudaImage*> own;
    for (size_t i = 0; i < each; ++i) {
      own.push_back(&images[unit * each + i]);
    }
    const std::string bytes = packer.pack(own, diagnostics);
    if (bytes.empty()) return false;
    TGC_CHECK(bytes.size() % 8 == 0, "a fatbin's size is not a multiple of 8");
    fatbin.modules.push_back({fatbin.bytes.size(), bytes.size()});
    fatbin.bytes += bytes;
  }
  return true;
}

}  // namespace

std::shared_ptr<const FatbinPacker> FatbinPacker::load(const CudaSearch& search,
                                                       Diagnostics& diagnostics) {
  LoadedLibrary library =
      load_cuda_library(search, {"libnvfatbin.so.13", "libnvfatbin.so.12"}, false);
  if (library.handle != nullptr) {
    auto packer = std::make_shared<LibraryPacker>();
    if (packer->open(library)) return packer;
    library.complaints.push_back(library.path + " lacks functions of nvFatbin");
  }
  const std::string program = find_cuda_program(search, "fatbinary");
  if (!program.empty()) {
    if (auto packer = program_packer(program)) return packer;
    library.complaints.push_back(program + " does not run");
  }
  report_missing_cuda("a fatbin packer (libnvfatbin.so.13 or the program fatbinary)", library,
                      diagnostics);
  return nullptr;
}

std::shared_ptr<const FatbinPacker> program_packer(const std::string& path) {
  const ProcessResult version = run_command({{path, "--version"}, "", {{"LC_ALL", "C"}}});
  if (!version.ok()) return nullptr;
  return std::make_shared<ProgramPacker>(path, version.output);
}

std::optional<CudaToolchain> load_cuda_toolchain(const CudaSearch& search,
                                                 Diagnostics& diagnostics) {
  CudaToolchain toolchain;
  toolchain.nvrtc = Nvrtc::load(search, diagnostics);
  toolchain.packer = FatbinPacker::load(search, diagnostics);
  if (toolchain.nvrtc == nullptr || toolchain.packer == nullptr) return std::nullopt;
  return toolchain;
}

std::optional<Fatbin> build_fatbin(const std::vector<CudaUnit>& units,
                                   const std::vector<CudaArchitecture>& architectures,
                                   const CudaToolchain& toolchain,
                                   const CudaCompileOptions& options, const BlobStore& store,
                                   Diagnostics& diagnostics) {
  std::vector<std::string> parts = {toolchain.packer->identity(), std::to_string(units.size())};
  for (const BlobKey& key : cuda_image_keys(units, architectures, *toolchain.nvrtc, options)) {
    parts.push_back(key.digest);
  }
  const BlobKey key = blob_key("fatbin", parts);
  if (const auto found = store.find(key)) {
    if (auto fatbin = decode(*found)) return fatbin;
  }
  const auto images =
      compile_cuda(units, architectures, *toolchain.nvrtc, options, store, diagnostics);
  if (!images) return std::nullopt;
  Fatbin fatbin;
  fatbin.timings = timings_of(*images, architectures);
  const auto start = Clock::now();
  if (!pack_all(*images, units.size(), *toolchain.packer, fatbin, diagnostics)) {
    return std::nullopt;
  }
  fatbin.pack_seconds = std::chrono::duration<double>(Clock::now() - start).count();
  store.keep(key, encode(fatbin));
  return fatbin;
}

CudaUnit join_units(const std::string& name, const std::vector<CudaUnit>& units) {
  CudaUnit joined{name, "", {}};
  for (const CudaUnit& unit : units) {
    joined.text += "#line 1 \"" + unit.name + ".cu\"\n" + unit.text;
    if (!joined.text.ends_with('\n')) joined.text += '\n';
    joined.origins.insert(joined.origins.end(), unit.origins.begin(), unit.origins.end());
  }
  return joined;
}

}  // namespace tgc
