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


setup(cmdclass={"build_py": BuildWithCommand}, distclass=WithCommand)
