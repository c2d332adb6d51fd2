# SPDX-License-Identifier: Apache-2.0
"""Reading and writing of safetensors files: a JSON header, then the bytes of all tensors."""
import json
import struct
from typing import Dict, List, Tuple

import numpy

_CODES = {"bool": "BOOL", "int8": "I8", "int16": "I16", "int32": "I32", "int64": "I64",
          "uint8": "U8", "uint16": "U16", "uint32": "U32", "uint64": "U64",
          "float16": "F16", "float32": "F32", "float64": "F64", "complex64": "C64",
          "complex128": "F64"}
_DTYPES = {code: dtype for dtype, code in _CODES.items() if dtype != "complex128"}


def write_safetensors(path: str, tensors: List[Tuple[str, numpy.ndarray]]) -> None:
    """Writes the tensors in the given order, little-endian and row-major."""
    header: Dict[str, object] = {}
    blocks = []
    at = 0
    for name, value in tensors:
        array = numpy.ascontiguousarray(value)
        data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        # complex128, which the format lacks, is float64 with a last axis of the two parts
        parts = [2] if array.dtype.name == "complex128" else []
        header[name] = {"dtype": _CODES[array.dtype.name], "shape": list(value.shape) + parts,
                        "data_offsets": [at, at + len(data)]}
        at += len(data)
        blocks.append(data)
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)))
        file.write(text)
        for block in blocks:
            file.write(block)


def read_safetensors(path: str) -> Dict[str, numpy.ndarray]:
    """All tensors of a file by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]).decode("utf-8"))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        dtype = numpy.dtype(_DTYPES[entry["dtype"]]).newbyteorder("<")
        tensors[name] = numpy.frombuffer(data[begin:end], dtype=dtype).reshape(entry["shape"])
    return tensors
