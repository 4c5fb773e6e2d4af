"""The images and the build cache of one Docker engine."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from docker.errors import APIError, DockerException, ImageNotFound

from devenv.engines.image_build import PullProgress
from devenv.engines.streaming import run_streaming
from devenv.errors import CommandFailedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import docker

    from devenv.engines.image_build import ImageBuild

# A builder that the user chose may live in a container of its own, which sees none of the engine's images.
CHOOSING_A_BUILDER = ("BUILDX_BUILDER", "BUILDKIT_HOST", "BUILDX_CONFIG")
CACHE_MOUNT = "exec.cachemount"


class DockerImages:
    """The real `ImageStore`: `client` for what the API can do, the `docker` command for BuildKit."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def present(self, refs: Iterable[str]) -> set[str]:
        """Return those of `refs` that this engine has."""
        return {ref for ref in refs if self._is_present(ref)}

    def _is_present(self, ref: str) -> bool:
        try:
            self._client.images.get(ref)
        except ImageNotFound:
            return False
        return True

    def pull(self, ref: str, on_progress: Callable[[PullProgress], None]) -> None:
        """Pull `ref`, adding up the bytes of its layers.

        Raises:
            CommandFailedError: With the registry's or the network's reason.
        """
        repository, _, tag = ref.rpartition(":")
        with _explained(f"The image {ref} could not be pulled"):
            messages = self._client.api.pull(repository, tag=tag, stream=True, decode=True)
            for progress in _progress(messages):
                on_progress(progress)

    def tag(self, source: str, target: str) -> None:
        """Tag the image `source` as `target`."""
        repository, _, tag = target.rpartition(":")
        with _explained(f"The image {source} could not be tagged as {target}"):
            self._client.api.tag(source, repository, tag)

    def import_base(self, tar: Path, ref: str) -> None:
        """Import a root file system as a `docker import` does.

        Raises:
            CommandFailedError: With the engine's reason.
        """
        repository, _, tag = ref.rpartition(":")
        with _explained(f"The base system could not be imported as {ref}"):
            self._client.api.import_image_from_file(str(tar), repository=repository, tag=tag)

    def build(self, build: ImageBuild, on_line: Callable[[str], None]) -> None:
        """Build with the engine's own BuildKit; interrupted, the build ends too.

        Raises:
            CommandFailedError: With the command and the last lines of its output.
        """
        environment = {name: value for name, value in os.environ.items() if name not in CHOOSING_A_BUILDER}
        run_streaming(
            build_command(build),
            what=f"The image {build.tag} could not be built",
            on_line=on_line,
            environment=environment | {"DOCKER_BUILDKIT": "1"},
        )

    def prune_cache(self, mounted_below: str) -> int:
        """Delete the cache mounts whose target is below `mounted_below`, and return the bytes."""
        with _explained("The build cache could not be freed"):
            records = self._client.api.df()["BuildCache"] or ()
            mounts = [record for record in records if record["Type"] == CACHE_MOUNT]
            ours = [record["ID"] for record in mounts if f"mount {mounted_below}" in record["Description"]]
            return sum(self._prune(identifier) for identifier in ours)

    def _prune(self, identifier: str) -> int:
        freed = self._client.api.prune_builds(filters=cast("Any", {"id": identifier}), all=True)
        return int(freed.get("SpaceReclaimed") or 0)


def build_command(build: ImageBuild) -> list[str]:
    """Return the command that builds with the engine's own builder and tags only at the end."""
    options = [f"--file={build.dockerfile}", f"--target={build.target}", f"--tag={build.tag}"]
    options += [f"--build-arg={name}={value}" for name, value in sorted(build.build_args.items())]
    options += [f"--label={name}={value}" for name, value in sorted(build.labels.items())]
    options += [f"--secret=id={name},src={path}" for name, path in sorted(build.secrets.items())]
    return ["docker", "build", "--load", "--progress=plain", *options, str(build.context)]


def _progress(messages: Iterable[dict[str, Any]]) -> Iterator[PullProgress]:
    """Add up the layers of a pull; an error in the stream is an error of the pull."""
    layers: dict[str, PullProgress] = {}
    for message in messages:
        if "error" in message:
            raise DockerException(message["error"])
        detail = message.get("progressDetail") or {}
        if message.get("status") == "Downloading" and "total" in detail:
            layers[message["id"]] = PullProgress(detail["current"], detail["total"])
        elif message.get("status") == "Download complete" and message["id"] in layers:
            total = layers[message["id"]].total_bytes
            layers[message["id"]] = PullProgress(total, total)
        yield PullProgress(
            sum(layer.done_bytes for layer in layers.values()),
            sum(layer.total_bytes for layer in layers.values()),
        )


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn what the SDK raises into our own error, with the engine's reason."""
    try:
        yield
    except (DockerException, OSError) as error:
        raise CommandFailedError(what, [], [_reason(error)]) from error


def _reason(error: Exception) -> str:
    return str(error.explanation) if isinstance(error, APIError) and error.explanation else str(error)
