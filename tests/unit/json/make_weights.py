# SPDX-License-Identifier: Apache-2.0
"""Writes weights/, the files of tensor_archive_test.cpp. Run once by hand with NumPy 2 and
safetensors; the files are committed."""
import os

import numpy as np
from safetensors.numpy import save_file

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weights")
tensors = {
    "bool": np.array([True, False]),
    "float16": np.array([[0.5, -1.5], [65504, 0]], "float16"),
    "float32": np.arange(6, dtype="float32").reshape(2, 3),
    "float64": np.array(0.1),
    "int16": np.array([-32768], "int16"),
    "int32": np.array([-(2**31), 2**31 - 1], "int32"),
    "int64": np.array([9007199254740993], "int64"),
    "int8": np.array([[-128]], "int8"),
    "uint16": np.array([65535], "uint16"),
    "uint32": np.array([2**32 - 1], "uint32"),
    "uint64": np.array([2**64 - 1], "uint64"),
    "uint8": np.array([255], "uint8"),
    "empty": np.zeros((0, 3), "float32"),
}
np.savez(os.path.join(folder, "stored.npz"), **tensors)
np.savez_compressed(os.path.join(folder, "deflated.npz"), **tensors)
save_file(tensors, os.path.join(folder, "all.safetensors"))
for name, array in {
    "plain": tensors["float32"],
    "big_endian": np.array([0.1, -2], ">f8"),
    "fortran": np.asfortranarray(np.arange(6, dtype="int32").reshape(2, 3)),
    "fortran_3d": np.asfortranarray(np.arange(12, dtype="int8").reshape(2, 2, 3)),
    "complex": np.array([1j]),
    "object": np.array([{}], dtype=object),
    "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f4")]),
}.items():
    np.save(os.path.join(folder, name + ".npy"), array)
