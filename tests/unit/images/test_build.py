"""The builder: what it builds, side by side, and what it leaves when it fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from fakes.engine import RecordingReporter
from fakes.images import FakeBootstrap, FakeImageStore

from devenv.engines.docker.images import DockerImages
from devenv.errors import CommandFailedError, ExitCode, ImageBuildError, PrerequisiteError
from devenv.images.base import BASE_PUBLISHED, BASE_REF, Mmdebstrap
from devenv.images.build import SECRET_LIMIT_BYTES, ImageBuilder, host_ca_bundle
from devenv.images.catalog import stand_in_family, stand_ins

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.images.base import Bootstrap
    from devenv.images.catalog import StandIn
    from devenv.images.store import ImageStore

VERSIONS = {"temporal": "1.32.2", "ui": "2.55.0", "postgres": "17", "opensearch": "3.6.0"}
STAND_INS = stand_ins(VERSIONS)
REFS = stand_in_family(VERSIONS).refs
TARGETS = ["postgres", "opensearch", "ui", "server", "admin-tools"]
STEPS = [f"image {item.image.service}" for item in STAND_INS]


@pytest.fixture
def store() -> FakeImageStore:
    return FakeImageStore(local={BASE_REF})


@pytest.fixture
def reporter() -> RecordingReporter:
    return RecordingReporter()


@pytest.fixture
def builder(store: FakeImageStore, reporter: RecordingReporter) -> ImageBuilder:
    return ImageBuilder(store, reporter, bootstrap=FakeBootstrap())


def test_fakes_and_real_adapters_satisfy_the_same_protocols() -> None:
    """For the type checker: an adapter that drifts from its Protocol fails here."""
    stores: list[type[ImageStore]] = [FakeImageStore, DockerImages]
    bootstraps: list[type[Bootstrap]] = [FakeBootstrap, Mmdebstrap]
    assert stores
    assert bootstraps


def test_everything_is_built_side_by_side(store: FakeImageStore, builder: ImageBuilder) -> None:
    result = builder.build(STAND_INS)
    assert [build.target for build in store.builds] == TARGETS
    assert store.bakes == 1
    assert set(result.built) == set(REFS.values()) <= store.local


def test_one_that_is_built_on_another_waits_for_it(store: FakeImageStore, builder: ImageBuilder) -> None:
    """It says by its base that it is."""
    [first, *_] = STAND_INS
    arguments = {"BASE": first.image.ref}
    image = replace(first.image, service="upper", ref="temporal-devenv/upper:1")
    upper = replace(first, image=image, recipe=replace(first.recipe, name="upper", build_args=arguments))
    builder.build([upper, *STAND_INS])
    assert [build.target for build in store.builds] == [*TARGETS, "upper"]
    assert store.bakes == 2
    assert store.builds[-1].build_args["BASE"] == REFS["postgres"]


def test_what_is_there_is_not_built_again(
    store: FakeImageStore, builder: ImageBuilder, reporter: RecordingReporter
) -> None:
    store.local.add(REFS["opensearch"])
    result = builder.build(STAND_INS)
    assert [build.target for build in store.builds] == [name for name in TARGETS if name != "opensearch"]
    assert result.already_there == (REFS["opensearch"],)
    assert ("image opensearch", "done") in reporter.steps()


def test_a_second_build_does_nothing_at_all(store: FakeImageStore, builder: ImageBuilder) -> None:
    builder.build(STAND_INS)
    store.builds.clear()
    store.pruned.clear()
    store.local.discard(BASE_REF)
    assert builder.build(STAND_INS).built == ()
    assert (store.builds, store.imported, store.pruned) == ([], [], [])


def test_a_build_gets_versions_base_and_a_label(store: FakeImageStore, builder: ImageBuilder) -> None:
    builder.build(STAND_INS)
    admin_tools = store.builds[-1]
    assert admin_tools.build_args["TEMPORAL_VERSION"] == "1.32.2"
    assert admin_tools.build_args["BASE"] == BASE_REF
    assert admin_tools.build_args["CLI_VERSION"]
    assert admin_tools.labels == {"dev.temporal-devenv.image": "admin-tools"}
    assert admin_tools.dockerfile.is_file()
    assert admin_tools.secrets == {}


def test_certificates_are_lent_as_a_secret_only(
    store: FakeImageStore, builder: ImageBuilder, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.pem"
    replace(builder, ca_bundle=bundle).build(STAND_INS)
    assert all(build.secrets == {"ca": bundle} for build in store.builds)
    assert not any(str(bundle) in build.build_args.values() for build in store.builds)


def test_all_begin_together_and_each_is_done_as_soon_as_it_is_tagged(
    store: FakeImageStore, builder: ImageBuilder, reporter: RecordingReporter
) -> None:
    store.output = {"server": ("building temporal-server",)}
    builder.build(STAND_INS)
    steps = [step for step in reporter.steps() if step[0] in STEPS]
    assert steps[:5] == [(step, "started") for step in STEPS]
    assert steps[5:] == [
        ("image postgres", "done"),
        ("image opensearch", "done"),
        ("image ui", "done"),
        ("image temporal", "waiting"),
        ("image temporal", "done"),
        ("image admin-tools", "done"),
    ]


def test_an_image_whose_end_was_not_heard_is_done_with_the_build(reporter: RecordingReporter) -> None:
    class SilentStore(FakeImageStore):
        def build(self, *_: object) -> None:
            pass

    ImageBuilder(SilentStore(local={BASE_REF}), reporter, bootstrap=FakeBootstrap()).build(STAND_INS)
    assert reporter.steps()[5:10] == [(step, "done") for step in STEPS]


def test_a_failed_build_ends_all_and_shows_what_its_own_programs_said(
    store: FakeImageStore, builder: ImageBuilder, reporter: RecordingReporter
) -> None:
    store.broken = {"ui"}
    store.output = {
        "opensearch": ("downloading OpenSearch",),
        "ui": ("This module version is not available.",),
    }
    with pytest.raises(ImageBuildError) as caught:
        builder.build(STAND_INS)
    assert caught.value.details == ("This module version is not available.",)
    assert REFS["ui"] in caught.value.message
    assert "versions.ui" in caught.value.hint
    assert caught.value.exit_code is ExitCode.FAILURE
    assert reporter.steps()[-3:] == [
        ("image ui", "failed"),
        ("image temporal", "failed"),
        ("image admin-tools", "failed"),
    ]
    assert reporter.messages("image ui")[-1] == caught.value.message
    assert reporter.messages("image temporal")[-1] == "interrupted"


def test_a_failed_build_keeps_what_was_built_and_what_was_downloaded(
    store: FakeImageStore, builder: ImageBuilder, reporter: RecordingReporter
) -> None:
    store.broken = {"server"}
    with pytest.raises(ImageBuildError):
        builder.build(STAND_INS)
    assert {REFS["postgres"], REFS["opensearch"], REFS["ui"]} <= store.local
    assert REFS["temporal"] not in store.local
    assert {"image postgres", "image opensearch", "image ui"} == {
        step for step, status in reporter.steps() if status == "done"
    }
    assert store.pruned == []


def test_a_build_that_fails_without_a_word_shows_what_docker_said(
    store: FakeImageStore, builder: ImageBuilder
) -> None:
    store.broken = {"postgres"}
    with pytest.raises(ImageBuildError) as caught:
        builder.build(STAND_INS)
    assert "ERROR: exit code: 1" in caught.value.details


def test_a_failure_of_no_image_in_particular_is_told_of_all(reporter: RecordingReporter) -> None:
    class BrokenStore(FakeImageStore):
        def build(self, *_: object) -> None:
            raise CommandFailedError("The images could not be built", [], ["ERROR: no space left"])

    store = BrokenStore(local={BASE_REF})
    with pytest.raises(CommandFailedError):
        ImageBuilder(store, reporter, bootstrap=FakeBootstrap()).build(STAND_INS)
    assert reporter.steps()[-5:] == [(step, "failed") for step in STEPS]
    assert reporter.messages("image ui")[-1] == "The images could not be built"


def test_an_interrupted_build_is_told_as_failed(reporter: RecordingReporter) -> None:
    class InterruptedStore(FakeImageStore):
        def build(self, *_: object) -> None:
            raise KeyboardInterrupt

    store = InterruptedStore(local={BASE_REF})
    with pytest.raises(KeyboardInterrupt):
        ImageBuilder(store, reporter, bootstrap=FakeBootstrap()).build(STAND_INS)
    assert reporter.steps()[-5:] == [(step, "failed") for step in STEPS]


def test_caches_are_freed_when_all_is_built_and_only_ours(
    store: FakeImageStore, builder: ImageBuilder
) -> None:
    builder.build(STAND_INS)
    assert store.pruned == ["/var/cache/temporal-devenv/"]


def test_caches_that_cannot_be_freed_are_a_warning(
    store: FakeImageStore, builder: ImageBuilder, reporter: RecordingReporter
) -> None:
    """The images are there, which is what was asked for."""
    store.prune_failure = CommandFailedError("The build cache could not be freed", [], ["no answer"])
    result = builder.build(STAND_INS)
    assert len(result.built) == len(STAND_INS)
    [warning] = reporter.warnings()
    assert warning.startswith("The build cache could not be freed; no answer; the images are built")


def test_caches_can_be_kept(store: FakeImageStore, builder: ImageBuilder) -> None:
    builder.build(STAND_INS, keep_cache=True)
    assert store.pruned == []


def test_every_cache_of_a_dockerfile_is_where_freeing_looks(builder: ImageBuilder) -> None:
    for path in builder.directory.glob("*.Dockerfile"):
        mounts = [line for line in path.read_text().splitlines() if "type=cache" in line]
        assert all("target=/var/cache/temporal-devenv/" in line for line in mounts)


@pytest.mark.parametrize("built", [STAND_INS, STAND_INS[2:3]], ids=["with others", "alone"])
def test_progress_is_told_by_stage(
    store: FakeImageStore, builder: ImageBuilder, reporter: RecordingReporter, built: tuple[StandIn, ...]
) -> None:
    store.output = {"ui": ("building ui-server",)}
    builder.build(built)
    assert reporter.messages("image ui") == [
        f"building {REFS['ui']}",
        "build 1/2: building ui-server",
        REFS["ui"],
    ]


class TestBase:
    """The base system comes from a registry, from this machine, or not at all."""

    def test_it_is_pulled_where_a_registry_answers(self, reporter: RecordingReporter) -> None:
        store, bootstrap = FakeImageStore(published={BASE_PUBLISHED}), FakeBootstrap()
        ImageBuilder(store, reporter, bootstrap=bootstrap).build(STAND_INS)
        assert BASE_REF in store.local
        assert bootstrap.made == 0

    def test_it_is_made_here_where_none_answers(self, reporter: RecordingReporter) -> None:
        store, bootstrap = FakeImageStore(), FakeBootstrap()
        ImageBuilder(store, reporter, bootstrap=bootstrap).build(STAND_INS)
        assert store.imported == [BASE_REF]
        assert reporter.steps()[:3] == [
            ("image base", "started"),
            ("image base", "waiting"),
            ("image base", "done"),
        ]

    def test_it_is_made_once(self, reporter: RecordingReporter) -> None:
        store, bootstrap = FakeImageStore(), FakeBootstrap()
        ImageBuilder(store, reporter, bootstrap=bootstrap).build(STAND_INS[:1])
        ImageBuilder(store, reporter, bootstrap=bootstrap).build(STAND_INS)
        assert bootstrap.made == 1

    def test_neither_way_is_a_missing_prerequisite(self, reporter: RecordingReporter) -> None:
        bootstrap = FakeBootstrap(hindered_by="making a base system takes root")
        with pytest.raises(PrerequisiteError) as caught:
            ImageBuilder(FakeImageStore(), reporter, bootstrap=bootstrap).build(STAND_INS)
        assert "takes root" in caught.value.message
        assert caught.value.details == ("no such host",)
        assert "mmdebstrap" in caught.value.hint
        assert caught.value.exit_code is ExitCode.PREREQUISITE_MISSING


class TestHostCaBundle:
    """Certificates of the host, for builds behind a proxy that signs with its own."""

    def test_a_named_file_is_taken(self, tmp_path: Path) -> None:
        bundle = tmp_path / "ca.pem"
        bundle.write_text("certificate")
        assert host_ca_bundle({"SSL_CERT_FILE": str(bundle)}) == bundle

    def test_a_file_too_large_for_a_secret_is_left_out(self, tmp_path: Path) -> None:
        bundle = tmp_path / "ca.pem"
        bundle.write_bytes(b"x" * (SECRET_LIMIT_BYTES + 1))
        assert host_ca_bundle({"SSL_CERT_FILE": str(bundle)}) is None

    def test_a_file_that_is_gone_is_left_out(self, tmp_path: Path) -> None:
        assert host_ca_bundle({"SSL_CERT_FILE": str(tmp_path / "none.pem")}) is None
