"""Writes devenv/dynamicconfig/catalog/settings.json anew.

    python -m tools.catalog

It needs the Go toolchain, and a module proxy or what it would fetch from there. The first run takes minutes:
the server's packages are compiled. The versions are those of compose/versions.toml.
"""

from __future__ import annotations

import sys

from tools.catalog.generate import FILE, generate
from tools.catalog.go_module import GoError, find_go


def main() -> int:
    """Write the file; say what changed in it."""
    before = FILE.read_text(encoding="utf-8") if FILE.exists() else ""
    try:
        text = generate(find_go(), lambda line: print(f"catalog: {line}", file=sys.stderr, flush=True))
    except GoError as error:
        print(f"catalog: {error}", file=sys.stderr)
        return 1
    FILE.write_text(text, encoding="utf-8")
    print(f"catalog: {FILE.name} {'is as it was' if text == before else 'was written anew'}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
