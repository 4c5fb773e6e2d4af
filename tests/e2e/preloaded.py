"""What commands are forked from has done: imported all of devenv, and made its commands."""

from __future__ import annotations

import gc
import importlib
import pkgutil

import devenv
from devenv.cli.app import command_tree

for module in pkgutil.walk_packages(devenv.__path__, "devenv."):
    importlib.import_module(module.name)
command_tree().load_all()
# No fork needs to look through it again.
gc.freeze()
