"""The images and the build cache of one Docker engine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from docker.errors import APIError, DockerException
from urllib3.exceptions import HTTPError

from devenv.engines.docker.bake import PullProgress, bake
from devenv.engines.docker.connection import LONG_TIMEOUT_S, explained, patience
from devenv.errors import CommandFailedError, DockerSlowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    import docker

    from devenv.engines.docker.bake import ImageBuild

CACHE_MOUNT = "exec.cachemount"


class DockerImages:
    """The real `ImageStore`: `client` for what the API can do, the `docker` command for BuildKit.

    A single request that works on images or caches may take `long_timeout_s`.
    """

    def __init__(self, client: docker.DockerClient, long_timeout_s: int = LONG_TIMEOUT_S) -> None:
        self._client = client
        self._long_timeout_s = long_timeout_s

    def present(self, refs: Iterable[str]) -> set[str]:
        """Return those of `refs` that this engine has.

        Raises:
            DockerSlowError: The engine has not answered.
        """
        wanted = list(refs)
        with _explained("The local images could not be listed"):
            found = self._client.api.images(filters={"reference": wanted})
        return {tag for image in found for tag in image["RepoTags"]}.intersection(wanted)

    def platform_of(self, ref: str) -> str:
        """Return what the local image `ref` runs on.

        Raises:
            CommandFailedError: It is gone.
        """
        with _explained(f"The image {ref} could not be looked at"):
            attributes = self._client.images.get(ref).attrs
        return f"{attributes['Os']}/{attributes['Architecture']}"

    def pull(self, ref: str, on_progress: Callable[[PullProgress], None]) -> None:
        """Pull `ref`, adding up the bytes of its layers.

        Raises:
            CommandFailedError: With the registry's or the network's reason.
        """
        repository, _, tag = ref.rpartition(":")
        with self._work(f"The image {ref} could not be pulled"):
            messages = self._client.api.pull(repository, tag=tag, stream=True, decode=True)
            for progress in _progress(messages):
                on_progress(progress)

    def tag(self, source: str, target: str) -> None:
        """Tag the image `source` as `target`."""
        repository, _, tag = target.rpartition(":")
        with self._work(f"The image {source} could not be tagged as {target}"):
            self._client.api.tag(source, repository, tag)

    def import_base(self, tar: Path, ref: str) -> None:
        """Import a root file system as a `docker import` does.

        Raises:
            CommandFailedError: With the engine's reason.
        """
        repository, _, tag = ref.rpartition(":")
        with self._work(f"The base system could not be imported as {ref}"):
            self._client.api.import_image_from_file(str(tar), repository=repository, tag=tag)

    def build(self, builds: Sequence[ImageBuild], on_line: Callable[[str], None]) -> None:
        """Build with the engine's own BuildKit; interrupted, the builds end too.

        Raises:
            PrerequisiteError: The `docker` command has no Buildx.
            CommandFailedError: With the command and the last lines of its output.
        """
        bake(builds, on_line)

    def prune_cache(self, mounted_below: str) -> int:
        """Delete the cache mounts whose target is below `mounted_below`, and return the bytes.

        Raises:
            CommandFailedError: The engine could not free one, or has not answered in time.
        """
        with self._work("The build cache could not be freed"):
            records = build_cache(self._client)
            mounts = [record for record in records if record["Type"] == CACHE_MOUNT]
            ours = [record for record in mounts if f"mount {mounted_below}" in record["Description"]]
            return sum(free_record(self._client, record["ID"]) for record in ours)

    @contextmanager
    def _work(self, what: str) -> Iterator[None]:
        """Give what the engine may have to work on its time, and explain its failure as `what`."""
        try:
            with patience(self._client.api, self._long_timeout_s), _explained(what):
                yield
        except DockerSlowError as error:
            raise CommandFailedError(what, [], [error.message, *error.details]) from error


def build_cache(client: docker.DockerClient) -> list[dict[str, Any]]:
    """Return BuildKit's records of what it keeps: layers and cache mounts.

    Not by `client.df()`, for which the engine measures images, containers and volumes too.
    """
    api = client.api
    url = f"{api.base_url}/v{api.api_version}/system/df"
    response = api.get(url, params={"type": "build-cache"}, timeout=api.timeout)
    response.raise_for_status()
    return list(response.json()["BuildCache"] or ())


def free_record(client: docker.DockerClient, identifier: str) -> int:
    """Free one of the records of `build_cache`, and return the bytes."""
    freed = client.api.prune_builds(filters=cast("Any", {"id": identifier}), all=True)
    return int(freed.get("SpaceReclaimed") or 0)


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
    """Turn what the SDK and the libraries below it raise into our own error, with the engine's reason."""
    try:
        yield
    except (DockerException, OSError, HTTPError) as error:
        meaning = explained(error)
        if isinstance(meaning, DockerSlowError):
            raise meaning from error
        raise CommandFailedError(what, [], [_reason(error)]) from error


def _reason(error: Exception) -> str:
    return str(error.explanation) if isinstance(error, APIError) and error.explanation else str(error)
