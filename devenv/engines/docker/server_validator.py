"""Runs the Temporal server's own check of dynamic config files, in a container that can reach nothing."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

from devenv.errors import CommandFailedError, ComposeMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_S = 180
TAIL_LINES = 10
# The files come through standard input: not every Docker engine in a VM sees every directory of its host.
SCRIPT = "cd /tmp && tar -xf - && exec temporal-server validate-dynamic-config"
SANDBOX = (
    *("--rm", "--interactive", "--network=none", "--read-only", "--tmpfs=/tmp", "--pull=never"),
    *("--cap-drop=ALL", "--security-opt=no-new-privileges", "--entrypoint=sh"),
)


class DockerServerValidator:
    """The real `ServerValidator`: one container for all files, gone when it has answered."""

    def validate(self, image: str, files: Sequence[bytes]) -> str:
        """Return what the server in `image` prints about `files`, which it knows by their numbers.

        Raises:
            CommandFailedError: It could not be asked.
        """
        names = [str(number) for number in range(len(files))]
        command = ["docker", "run", *SANDBOX, image, "-ec", f"{SCRIPT} {' '.join(names)}"]
        what = f"The server in {image} could not be asked about dynamic config"
        try:
            done = subprocess.run(
                command,
                input=_archive(names, files),
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except FileNotFoundError as error:
            raise ComposeMissingError from error
        except subprocess.TimeoutExpired as error:
            raise CommandFailedError(what, command, [f"no answer after {TIMEOUT_S} s"]) from error
        # The server ends with 0 whatever it finds: anything else is not its verdict.
        if done.returncode != 0:
            evidence = done.stderr.decode(errors="replace").splitlines()
            raise CommandFailedError(what, command, evidence[-TAIL_LINES:])
        return done.stdout.decode(errors="replace")


def _archive(names: Sequence[str], files: Sequence[bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in zip(names, files, strict=True):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()
