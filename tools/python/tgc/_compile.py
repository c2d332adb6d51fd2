# SPDX-License-Identifier: Apache-2.0
"""Runs the command `tgc compile`, which is looked for in $TGC, in the package, then on the PATH."""
import os
import shutil
import subprocess
from typing import Any, List, Optional

from . import _errors


def find_command() -> str:
    """The path of the command; UnavailableError where there is none."""
    named = os.environ.get("TGC")
    if named:
        return named
    inside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "native", "bin", "tgc")
    if os.access(inside, os.X_OK):
        return inside
    found = shutil.which("tgc")
    if found is None:
        raise _errors.UnavailableError("there is no command tgc: set the environment variable TGC "
                                       "to its path, or add its folder to PATH")
    return found


def compile(graph: Any, bundle: Any = None, target: str = "cpu", flags: Optional[str] = None,
            arguments: Optional[List[str]] = None) -> str:
    """Compiles a graph file to a bundle (default: beside it, with the suffix .tgc), whose path is
    returned. CompileError carries what tgc reported."""
    graph = os.fspath(graph)
    bundle = os.path.splitext(graph)[0] + ".tgc" if bundle is None else os.fspath(bundle)
    command = [find_command(), "compile", graph, "-q", "--target", target, "-o", bundle]
    if flags:
        command += ["--flags", flags]
    try:
        process = subprocess.Popen(command + (arguments or []), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, universal_newlines=True)
    except OSError as problem:
        raise _errors.UnavailableError("cannot run %s: %s" % (command[0], problem))
    text = process.communicate()[0]
    if process.returncode != 0:
        raise _errors.CompileError(text.strip() or "tgc compile failed")
    return bundle
