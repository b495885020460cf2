"""Python imports this as it starts, where its folder is on PYTHONPATH. Standard library only, Python 3.7 or later.

What else is of this name is run afterwards, as it would have been."""

import os
import sys

import swe_repair_start  # type: ignore[import-not-found] # noqa: F401 - beside this folder in the sandbox

for _folder in sys.path:
    _path = os.path.join(_folder, "sitecustomize.py")
    if os.path.isfile(_path) and os.path.realpath(_path) != os.path.realpath(__file__):
        with open(_path, "rb") as _file:
            exec(compile(_file.read(), _path, "exec"), globals())  # noqa: S102 - Python would have run it
        break
