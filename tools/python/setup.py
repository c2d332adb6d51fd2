# SPDX-License-Identifier: Apache-2.0
"""Builds the package. With TGC_PREFIX=PREFIX in the environment (of `cmake --install build --prefix
PREFIX`) the command tgc goes into the wheel too, for this kind of machine."""
import os
import shutil

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

PREFIX = os.environ.get("TGC_PREFIX")


class BuildWithCommand(build_py):
    def run(self):
        build_py.run(self)
        for name in ("bin/tgc", "lib/libtgc_runtime.so", "include/tgc") if PREFIX else ():
            source = os.path.join(PREFIX, name)
            target = os.path.join(self.build_lib, "tgc", "native", name)
            if os.path.isdir(source):
                shutil.copytree(source, target)
            else:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target)


class WithCommand(Distribution):
    def has_ext_modules(self):
        return bool(PREFIX)


COMMANDS = {"build_py": BuildWithCommand}
try:
    from wheel.bdist_wheel import bdist_wheel

    class AnyPython(bdist_wheel):
        """A wheel with the command is for one kind of machine and for every Python 3."""

        def get_tag(self):
            tag = bdist_wheel.get_tag(self)
            return ("py3", "none", tag[2]) if PREFIX else tag

    COMMANDS["bdist_wheel"] = AnyPython
except ImportError:  # only `pip wheel` needs it
    pass

setup(cmdclass=COMMANDS, distclass=WithCommand)
