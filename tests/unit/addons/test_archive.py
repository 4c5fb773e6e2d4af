"""What `up` waits for where the add-on `archive` is on, and what `status` tells."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from fakes.engine import FakeEngine, RecordingReporter

from devenv.addons import AddonContext, archive, module_of
from devenv.engines.protocol import Service, StackIdentity
from devenv.project.builtin import addons_dir
from devenv.project.services import Ports
from devenv.seeds.kinds.namespace import ARCHIVE_URI

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from devenv.addons import AddonModule

MODULE = cast("AddonModule", module_of("archive"))
STACK = StackIdentity("shop", Path("/projects/shop"), 1000)
NOWHERE = (Path("/nowhere/own"), Path("/nowhere/shared"))


class Servers(FakeEngine):
    """An engine with containers of the server, of which those in `reaching` get the bucket."""

    def __init__(self, names: Sequence[str], reaching: Collection[str]) -> None:
        super().__init__()
        self.reaching = reaching
        self.running["shop"] = {name: Service(name, "running") for name in (*names, "postgres")}

    def output(self, stack: StackIdentity, service: str, command: Sequence[str]) -> str:
        if service not in self.reaching:
            return super().output(stack, service, command)
        assert command[-1].startswith("http://object-store:7070/temporal-archive?")
        return '<?xml version="1.0"?><ListBucketResult xmlns="…"></ListBucketResult>'


def context(names: Sequence[str], reaching: Collection[str]) -> AddonContext:
    engine, secrets = Servers(names, reaching), {"S3_SECRET_KEY": "secret"}
    return AddonContext(STACK, engine, Ports(), {}, RecordingReporter(), *NOWHERE, secrets=secrets)


def test_nothing_is_missing_once_the_server_gets_the_bucket() -> None:
    assert MODULE.after_ready(context(["temporal"], ["temporal"])) == []


def test_each_role_that_archives_or_reads_has_to_reach_it() -> None:
    """With the add-on `roles` they are apart; the others have nothing to do with it."""
    [missing] = MODULE.after_ready(context(["temporal", "history", "matching"], ["temporal"]))
    assert missing.startswith("history does not reach the archive: ")
    assert list(MODULE.alerts(context(["temporal", "history"], ["temporal"]))) == [missing]


def test_the_code_and_the_compose_files_mean_the_same_bucket() -> None:
    """Nobody reads one from the other."""
    addons = addons_dir()
    assert f"ARCHIVE_URI: {ARCHIVE_URI}\n" in (addons / "archive/compose.yaml").read_text()
    assert f"s3:/{archive.BUCKET}" == ARCHIVE_URI
    assert archive.BUCKET[1:] in (addons / "object-store/compose.yaml").read_text()
