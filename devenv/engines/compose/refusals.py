"""What helps when the Docker engine refuses something that Compose asks of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

USUAL = "read above what Docker says, and run `devenv doctor`, which checks the machine"
_HINTS = (
    (
        r"no space left on device",
        "free some space: `docker system df` shows what takes it, `docker builder prune` frees build caches",
    ),
    (
        r"could not find an available.* address pool|all predefined address pools have been",
        "Docker has no addresses left for a network: remove what nobody uses with `docker network prune`",
    ),
    (
        r'container name "/?(?P<name>[^"]+)" is already in use',
        "another container has the name {name}: rename or remove it (`docker rename {name} OTHER`)",
    ),
    (
        r"network (?P<name>\S+) was found but has incorrect label",
        "the network {name} is none of this stack's: say `external: true` where an overlay names it",
    ),
    (
        r"cannot start a paused container",
        "have it run again with `docker unpause`, then run the command again",
    ),
    (
        r"mounts denied|is not shared from the host",
        "share the directory that Docker names with its virtual machine, in the settings of Docker",
    ),
    (
        r"cannot allocate memory|resource temporarily unavailable|pids? limit|out of memory",
        "Docker is out of memory or processes: end something, or give its virtual machine more",
    ),
    (
        r"no such image|pull access denied",
        "an image is gone: `devenv images list` shows which, `devenv images pull` and `build` get it",
    ),
)


def hint_for(output: Iterable[str]) -> str:
    """Return what to do after Compose failed and said `output`."""
    text = "\n".join(output)
    for pattern, hint in _HINTS:
        if match := re.search(pattern, text, re.IGNORECASE):
            return hint.format(**match.groupdict())
    return USUAL
