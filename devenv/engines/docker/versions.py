"""Which Docker engine and which Compose plugin are new enough."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from devenv.errors import ComposeMissingError, ComposeTooOldError

if TYPE_CHECKING:
    from collections.abc import Callable

MINIMUM_ENGINE = "25.0"  # `start_interval` in healthchecks
MINIMUM_API = (1, 44)  # the one that this engine brought
MINIMUM_COMPOSE = (2, 24, 4)  # `!override` in overlays, and `start_interval`
PROBE_TIMEOUT_S = 30  # it takes a tenth of a second, and seconds where builds use all cores


def check_compose(run: Callable[[], str] | None = None) -> str:
    """Return the version of the Compose plugin; `run` prints it, by default the plugin itself.

    Raises:
        ComposeMissingError: The `docker` command or its plugin does not work.
        ComposeTooOldError: It is older than the stack file needs.
    """
    version = (run or _compose_version)()
    if parse_version(version) < MINIMUM_COMPOSE:
        raise ComposeTooOldError(version, ".".join(map(str, MINIMUM_COMPOSE)))
    return version


def _compose_version() -> str:
    command = ["docker", "compose", "version", "--short"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_TIMEOUT_S, check=True)
    except FileNotFoundError as error:
        raise ComposeMissingError from error
    except subprocess.CalledProcessError as error:
        raise ComposeMissingError(error.stderr.strip().splitlines()[:3]) from error
    except subprocess.TimeoutExpired as error:
        raise ComposeMissingError([f"`{' '.join(command)}` did not answer in {PROBE_TIMEOUT_S} s"]) from error
    return done.stdout.strip()


def parse_version(text: str) -> tuple[int, ...]:
    """Return the leading numbers of a version: (2, 26, 1) of `v2.26.1-4`."""
    match = re.match(r"v?(\d+(?:\.\d+)*)", text)
    return tuple(int(part) for part in match[1].split(".")) if match else (0,)
