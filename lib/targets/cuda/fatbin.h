// SPDX-License-Identifier: Apache-2.0
// Packs compiled kernels into NAME.fatbin: for each unit one fatbin that holds an image for every
// architecture, the fatbins one after the other, as nvcc lays them in an executable. Each is loaded
// as a module of its own with cuModuleLoadData(file + offset); cuobjdump lists them all.
//
// Why one module a kernel. A fatbin yields one image an architecture, so several kernels in one
// module mean one text for all, or linking. Measured (NVRTC 13.0, 2 cores, 30 kernels of four
// kinds, 6 architectures + 2 PTX; seconds to the end, core seconds a kernel and architecture):
//   one text an architecture        5.5 s   0.044   any change compiles everything again
//   one text a kernel               7.8 s   0.064   a changed kernel takes 0.3 s; equal kernels of
//                                                   all layers, functions and models are one
//   … relocatable, with nvJitLink   8.4 s + 0.3 s of linking; PTX cannot be linked; one more wheel
// sm_90 alone: 1.6 s as one text (one core), 1.4 s as one text a kernel (two cores).
// So kernels are compiled apart; a caller that wants one module passes one unit, or join_units().
// Size: cubins of one kernel are alike, compression leaves a quarter of them (3.3 MB → 0.9 MB; of
// the joined text 2.9 MB → 0.2 MB).
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/blob_store.h"
#include "support/diagnostic.h"
#include "targets/cuda/compile.h"

namespace tgc {

// Either libnvfatbin, loaded when asked for, or the toolkit's program fatbinary.
class FatbinPacker {
 public:
  virtual ~FatbinPacker() = default;
  // Null and an error where neither is found.
  static std::shared_ptr<const FatbinPacker> load(const CudaSearch& search,
                                                  Diagnostics& diagnostics);

  // One fatbin of images of one unit. "" and an error if the packer fails, which is no user's
  // fault.
  [[nodiscard]] virtual std::string pack(const std::vector<const CudaImage*>& images,
                                         Diagnostics& diagnostics) const = 0;
  [[nodiscard]] virtual const std::string& path() const = 0;
  // Name, version and build: what the bytes depend on.
  [[nodiscard]] virtual const std::string& identity() const = 0;
};

// Packs with the program fatbinary at this path; null where it does not run.
std::shared_ptr<const FatbinPacker> program_packer(const std::string& path);

// Where one unit's fatbin lies in the file; the offset is a multiple of 8.
struct FatbinModule {
  uint64_t offset = 0;
  uint64_t size = 0;
  friend bool operator==(const FatbinModule&, const FatbinModule&) = default;
};

struct ArchitectureTiming {
  CudaArchitecture architecture;
  double core_seconds = 0;  // of all units
  size_t from_cache = 0;
};

struct Fatbin {
  std::string bytes;                  // of NAME.fatbin
  std::vector<FatbinModule> modules;  // one a unit, in their order
  std::vector<ArchitectureTiming> timings;
  double pack_seconds = 0;
  bool from_cache = false;  // as a whole: nothing was compiled or packed
};

struct CudaToolchain {
  std::shared_ptr<const Nvrtc> nvrtc;
  std::shared_ptr<const FatbinPacker> packer;
};
// Both, or an error for each that is missing (code cuda-compiler-missing: exit 3) and nothing.
std::optional<CudaToolchain> load_cuda_toolchain(const CudaSearch& search,
                                                 Diagnostics& diagnostics);

// Compiles the units for the architectures, which NVRTC must support, and packs them.
std::optional<Fatbin> build_fatbin(const std::vector<CudaUnit>& units,
                                   const std::vector<CudaArchitecture>& architectures,
                                   const CudaToolchain& toolchain,
                                   const CudaCompileOptions& options, const BlobStore& store,
                                   Diagnostics& diagnostics);

// One unit of all texts. Messages keep naming the unit they are about.
CudaUnit join_units(const std::string& name, const std::vector<CudaUnit>& units);

}  // namespace tgc
