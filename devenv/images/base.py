"""The base image of all stand-ins: Debian, pulled from a registry or else made with mmdebstrap."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Protocol

from devenv.engines.host.programs import run_streaming
from devenv.errors import CommandFailedError, PrerequisiteError
from devenv.events import LogEvent, StepEvent, StepStatus
from devenv.images.steps import reported_step
from devenv.project.services import STAND_IN_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from devenv.events import Reporter
    from devenv.images.store import ImageStore

SUITE = "trixie"
BASE_REF = f"{STAND_IN_PREFIX}debian:{SUITE}"
BASE_PUBLISHED = f"debian:{SUITE}-slim"
BASE_PACKAGES = "ca-certificates"
BASE_RECIPE = f"{BASE_PUBLISHED} or minbase {SUITE} with {BASE_PACKAGES}, slim"
STEP = "image base"
# In a hook, because mmdebstrap itself uses the kept packages.
_KEEP_NONE = """echo 'APT::Keep-Downloaded-Packages "false";' >"$1/etc/apt/apt.conf.d/99keep-none\""""
# Like the published image: no translations, kept packages or documentation.
# dpkg need not sync: an interrupted build starts again.
_SLIM = (
    '--aptopt=Acquire::Languages "none"',
    f"--customize-hook={_KEEP_NONE}",
    "--dpkgopt=force-unsafe-io",
    *(f"--dpkgopt=path-exclude=/usr/share/{each}/*" for each in ("doc", "info", "locale", "man")),
    *(f"--dpkgopt=path-include=/usr/share/{each}" for each in ("doc/*/copyright", "locale/locale.alias")),
)


class Bootstrap(Protocol):
    """Makes a root file system without a registry."""

    def obstacle(self) -> str | None:
        """Return why it cannot work on this machine, as the end of a sentence, or None."""

    def make(self, tar: Path, on_line: Callable[[str], None]) -> None:
        """Write the file system to `tar`.

        Raises:
            CommandFailedError: With the last lines of the program that makes it.
        """


class Mmdebstrap:
    """Debian's mmdebstrap, which needs root and nothing but Debian's package mirror."""

    def obstacle(self) -> str | None:
        """Return that the program or root is missing, if so."""
        if shutil.which("mmdebstrap") is None:
            return "there is no `mmdebstrap` here to make a base system"
        if os.geteuid() != 0:
            return "making a base system takes root"
        return None

    def make(self, tar: Path, on_line: Callable[[str], None]) -> None:
        """Write a minimal Debian to `tar`, from the mirror that mmdebstrap itself chooses."""
        command = ["mmdebstrap", "--variant=minbase", f"--include={BASE_PACKAGES}", *_SLIM, SUITE, str(tar)]
        run_streaming(command, what="The base system could not be made", on_line=on_line)


def ensure_base(store: ImageStore, bootstrap: Bootstrap, reporter: Reporter) -> None:
    """Make sure that `BASE_REF` is local.

    Raises:
        PrerequisiteError: No registry answers and no base system can be made here.
        CommandFailedError: Making it failed.
    """
    if store.present([BASE_REF]):
        return
    with reported_step(reporter, STEP, f"pulling {BASE_PUBLISHED}", BASE_REF):
        refusal = _pull(store)
        if refusal is not None:
            _make(store, bootstrap, reporter, refusal)


def _pull(store: ImageStore) -> CommandFailedError | None:
    """Pull the published base image; return the error if that fails."""
    try:
        store.pull(BASE_PUBLISHED, lambda _: None)
    except CommandFailedError as error:
        return error
    store.tag(BASE_PUBLISHED, BASE_REF)
    return None


def _make(store: ImageStore, bootstrap: Bootstrap, reporter: Reporter, refusal: CommandFailedError) -> None:
    if (obstacle := bootstrap.obstacle()) is not None:
        raise PrerequisiteError(
            f"The base system {BASE_PUBLISHED} could not be pulled, and {obstacle}",
            details=refusal.details,
            hint="on Debian or Ubuntu run `apt-get install mmdebstrap debian-archive-keyring` and then "
            "`devenv images build` as root, or use an engine that reaches an image registry",
        )
    reporter.report(StepEvent(STEP, StepStatus.WAITING, f"no registry answers: making Debian {SUITE}"))
    with TemporaryDirectory(prefix="temporal-devenv-") as directory:
        tar = Path(directory) / "base.tar"
        bootstrap.make(tar, lambda line: reporter.report(LogEvent(STEP, line)))
        store.import_base(tar, BASE_REF)
