# SPDX-License-Identifier: Apache-2.0
"""Runs the Python of tools/python/README.md: the blocks that import the ancestor that is here.

    readme_test.py PEER
"""
import os
import re
import sys
import tempfile

peer = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "..", "..", "tools", "python", "README.md")) as readme:
    blocks = re.findall(r"^```python\n(.*?)^```", readme.read(), re.M | re.S)
blocks = [block for block in blocks if "import %s\n" % peer in block]
folder = tempfile.mkdtemp()
for number, block in enumerate(blocks):
    os.chdir(folder)
    path = os.path.join(folder, "block%d.py" % number)
    with open(path, "w") as file:
        file.write(block)
    exec(compile(block, path, "exec"), {"__name__": "__main__"})
print("%d blocks for %s" % (len(blocks), peer))
if peer in ("theano", "pytensor") and not blocks:
    sys.exit("README.md has no block for %s" % peer)
