// SPDX-License-Identifier: Apache-2.0
// Texts of TGC_FLAGS with what they mean, for the compiler's reading and the runtime's: one table,
// so that the two cannot drift apart.
#pragma once

namespace tgc {

struct FlagCase {
  const char* text;
  const char* device;
  int threads;
  double preallocate;
  const char* verbosity;
};

inline constexpr FlagCase kFlagCases[] = {
    {"", "cpu", 0, 0, "low"},
    {" , ,", "cpu", 0, 0, "low"},
    {"device=cuda1", "cuda1", 0, 0, "low"},
    {"device=gpu1", "cuda1", 0, 0, "low"},
    {"device=cuda01", "cuda1", 0, 0, "low"},
    {"device=cuda1,", "cuda1", 0, 0, "low"},
    {",device=cuda1,,threads=2", "cuda1", 2, 0, "low"},
    {"  device = cuda1 ,\tthreads =2\n", "cuda1", 2, 0, "low"},
    {"device=cpu,device=cuda1", "cuda1", 0, 0, "low"},
    {"device='cuda1',threads=\"2\"", "cuda1", 2, 0, "low"},
    {"'device=cuda1',threads=2", "cpu", 2, 0, "low"},  // a quoted "=" is part of a name
    {"de'vice'=cu\"da1\"", "cuda1", 0, 0, "low"},
    {"gcc.cxxflags='-DA=1,device=cuda1',threads=2", "cpu", 2, 0, "low"},
    {"gcc.cxxflags=\"-DA=\\\"1,2\\\",device=cuda1\",threads=2", "cpu", 2, 0, "low"},
    {"gcc.cxxflags=-DA=1\\,device=cuda1,threads=2", "cpu", 2, 0, "low"},
    {"cxx='a\\',threads=2", "cpu", 2, 0, "low"},  // no escapes between single quotes
    {"exception_verbosity=high,exception_verbosity=low", "cpu", 0, 0, "low"},
    {"exception_verbosity=high", "cpu", 0, 0, "high"},
    {"gpuarray.preallocate=0.5", "cpu", 0, 0.5, "low"},
    {"gpuarray__preallocate=0.5", "cpu", 0, 0.5, "low"},
    {"gpuarray.preallocate=-1", "cpu", 0, -1, "low"},
    {"lib.cnmem=0.8", "cpu", 0, 0.8, "low"},
    {"gpuarray.preallocate=0.5,lib.cnmem=0.8", "cpu", 0, 0.5, "low"},
    {"openmp=False", "cpu", 1, 0, "low"},
    {"openmp=False,threads=3", "cpu", 3, 0, "low"},
    {"device=cuda0,floatX=float32,lib.cnmem=0.8", "cuda0", 0, 0.8, "low"},
    {"optimizer_excluding=local_gpuaelemwise", "cpu", 0, 0, "low"},
    {"optimizer_verbose=True", "cpu", 0, 0, "low"},
};

// Texts that both refuse.
inline constexpr const char* kBadFlagCases[] = {
    "device=\"cuda0",
    "threads='",
    "device=opencl0",
    "device=cuda0x",
    "device=cuda99999",
    "device=",
    "device=Cuda0",
    "threads=-1",
    "threads=two",
    "threads=",
    "openmp=yes",
    "lib.cnmem=much",
    "lib.cnmem=-1",
    "gpuarray.preallocate=nan",
    "gpuarray.preallocate=inf",
    "exception_verbosity=loud",
    "init_gpu_device=cuda0,device=cuda1",
};

}  // namespace tgc
