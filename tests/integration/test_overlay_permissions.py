"""What overlays can do, reviewed by what Docker Compose itself makes of them; no engine is needed."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fakes.engine import FakeEngine
from fakes.world import World, make_desired
from integration.overlay_forms import HARMLESS, NEEDS_TRUST, REFUSED, added
from plugins.real_stack import could_not

from devenv.engines.compose.labels import labels_of
from devenv.engines.compose.launch_file import launch_file
from devenv.engines.compose.overlays import resolve
from devenv.engines.docker.versions import check_compose
from devenv.engines.protocol import StackIdentity
from devenv.errors import DevenvError, OverlayInvalidError, TrustNeededError
from devenv.stack.overlay_trust import accept_overlays, provisional_spec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from devenv.engines.compose.overlays import ComposeSources
    from devenv.engines.protocol import LaunchSpec
    from devenv.overlays.review import Resolution, Review

SECRET = "only-for-this-shell"
FILE = "compose/overlay.yaml"


@pytest.fixture(scope="module", autouse=True)
def _compose() -> None:
    try:
        check_compose()
    except DevenvError as error:
        could_not(f"{error.message}: {'; '.join(error.details)}")


class Project:
    """A project with an overlay, and the real Docker Compose; `asked` counts how often that read it."""

    def __init__(self, world: World, root: Path, made: dict[str, Mapping[str, Any]]) -> None:
        self.root = root
        self.asked = 0
        self._made = made
        self.deps = world.deps
        self.engine = FakeEngine(store=world.store, reader=self._resolve)

    def _resolve(self, sources: ComposeSources) -> Mapping[str, Any]:
        self.asked += len(sources.files) > 1
        # What Compose makes of the stack file alone is the same in nearly all tests.
        key = repr(sources)
        if key not in self._made:
            self._made[key] = resolve(sources)
        return self._made[key]

    @property
    def stack(self) -> StackIdentity:
        return StackIdentity("shop-3f2a1c", self.root, 1000)

    def write(self, text: str) -> None:
        (self.root / FILE).write_text(text)
        for place in ("sockets/agent", "engine/inner/docker.sock"):
            # Elsewhere they would make a hazard of every mount of the whole project.
            top = self.root / Path(place).parts[0]
            shutil.rmtree(top, ignore_errors=True)
            if f"./{top.name}" in text:
                listen_at(self.root / place)

    def review_overlays(self) -> Review:
        reviewed = self.engine.review_overlays(self._spec())
        assert reviewed is not None
        return reviewed.review

    def accept(self, trusted: str | None = None) -> Resolution:
        accepted = accept_overlays(self._spec(), self.engine, self.deps, trusted=trusted)
        assert accepted is not None
        return accepted.resolution

    def _spec(self) -> LaunchSpec:
        return provisional_spec(self.stack, make_desired(overlays=(Path(FILE),)), None)


def listen_at(path: Path) -> None:
    """Leave a socket at `path`, whose length the system limits."""
    path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as made, contextlib.chdir(path.parent):
        made.bind(path.name)


@pytest.fixture(scope="module")
def made() -> dict[str, Mapping[str, Any]]:
    """Return a place for what Compose made of files, by all that it was given."""
    return {}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a project with directories, files and links."""
    top = tmp_path_factory.mktemp("overlays").resolve()
    root = top / "project"
    for name in ("compose", "conf", "app"):
        (root / name).mkdir(parents=True)
    (top / "outside").mkdir()
    (root / "conf" / "app.conf").write_text("a = 1\n")
    (root / "app" / "Dockerfile").write_text("FROM scratch\n")
    (root / "secret.env").write_text("TOKEN=abc\n")
    (root / "other.yaml").write_text("services: {x: {image: busybox, privileged: true}}\n")
    (root / "link").symlink_to(top / "outside")
    (root / "inner-link").symlink_to("conf")
    return root


@pytest.fixture
def project(
    root: Path, made: dict[str, Mapping[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """Return the project, for a user who trusts nothing yet and whose shell has a secret."""
    monkeypatch.setenv("SECRET_OF_THE_SHELL", SECRET)
    monkeypatch.delenv("DOCKER_CONFIG", raising=False)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.delenv("UNSET_HERE", raising=False)
    monkeypatch.delenv("GO_IMAGE_UNSET", raising=False)
    return Project(World(tmp_path), root, made)


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_people_commonly_write_needs_no_trust(project: Project, text: str) -> None:
    """And it is launched as Compose reads it, with the labels of the stack on all of it."""
    project.write(text)
    assert [permission.sentence for permission in project.review_overlays().permissions] == []
    launched = json.loads(launch_file(project.accept().models, project.stack))
    for section in ("services", "volumes", "networks"):
        for item in launched[section].values():
            assert item["labels"].items() >= labels_of(project.stack).items()


@pytest.mark.parametrize("language", ["go", "python"])
def test_what_new_service_writes_needs_no_trust(project: Project, language: str) -> None:
    """Whoever runs it, or clones the project, has no question to answer."""
    goldens = Path(__file__).parents[1] / "scaffold" / "goldens" / "both"
    project.write((goldens / "orders" / language / "compose.yaml").read_text())
    assert [permission.sentence for permission in project.review_overlays().permissions] == []


def refusal(project: Project) -> DevenvError:
    """Return the error of an overlay that may not be launched."""
    with pytest.raises((TrustNeededError, OverlayInvalidError)) as caught:
        project.accept()
    return caught.value


@pytest.mark.parametrize(("text", "words"), NEEDS_TRUST.values(), ids=NEEDS_TRUST.keys())
def test_what_reaches_for_more_needs_trust(project: Project, text: str, words: str) -> None:
    """It is not launched, and the error says what it can do and where that is written; with trust it is."""
    project.write(text)
    needed = refusal(project)
    if not isinstance(needed, TrustNeededError):
        # A Compose that does not know the key, or refuses the value, gives it nothing either.
        assert "Docker Compose cannot use it" in needed.message
        return
    assert words in " ".join(needed.permissions)
    assert any(permission.startswith(f"{project.root}/{FILE}:") for permission in needed.permissions)
    assert SECRET not in " ".join(needed.permissions)
    project.accept(needed.hash)
    project.accept()


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_what_nobody_may_trust_is_refused(project: Project, text: str, words: str) -> None:
    """Also with the hash, and with the place."""
    project.write(text)
    with pytest.raises(OverlayInvalidError) as caught:
        project.accept()
    said = " ".join([caught.value.message, *caught.value.details])
    assert words in said
    assert FILE in said
    assert caught.value.hint


def test_no_form_is_in_two_lists() -> None:
    """Some sixty harmless and more than a hundred hostile ones."""
    assert len(HARMLESS) >= 40
    assert len(NEEDS_TRUST) + len(REFUSED) >= 130
    assert not set(HARMLESS) & set(NEEDS_TRUST) & set(REFUSED)


def test_trust_outlives_the_stack_and_ends_with_any_change(project: Project) -> None:
    """A comment, a file that is read: each asks again; what was trusted once need not be again."""
    text = added("env_file: secret.env")
    project.write(text)
    first = project.review_overlays().hash
    project.accept(first)
    project.deps.store.forget(project.stack.name)
    project.accept()
    project.write(f"# a comment\n{text}")
    with pytest.raises(TrustNeededError):
        project.accept()
    project.write(text)
    project.accept()
    secret = project.root / "secret.env"
    secret.write_text("TOKEN=def\n")
    with pytest.raises(TrustNeededError, match="not 00000000"):
        project.accept("0" * 8)
    secret.write_text("TOKEN=abc\n")
    project.accept()


def test_the_hash_is_the_same_on_another_machine(project: Project, tmp_path: Path) -> None:
    """In another directory, with other ports and images: a pipeline can be told it."""
    project.write(added("cap_add: [NET_ADMIN]"))
    elsewhere = Project(World(tmp_path / "b"), Path(shutil.copytree(project.root, tmp_path / "c")), {})
    assert elsewhere.review_overlays().hash == project.review_overlays().hash


def test_compose_is_asked_once_as_long_as_nothing_changes(project: Project) -> None:
    """The last launch is remembered; the review is made anew, for the files below may have changed."""
    project.write(added("volumes: ['./conf:/x:ro']"))
    accepted = project.accept()
    project.deps.store.write_secret(project.stack.name, "resolution.json", accepted.to_json())
    project.accept()
    assert project.asked == 1
    (project.root / "conf").rename(project.root / "elsewhere")
    (project.root / "conf").symlink_to("/etc")
    try:
        with pytest.raises(OverlayInvalidError, match="symbolic link"):
            project.accept()
    finally:
        (project.root / "conf").unlink()
        (project.root / "elsewhere").rename(project.root / "conf")


def test_what_is_launched_has_nothing_left_to_look_up(project: Project) -> None:
    """Labels cannot be taken away, the password stays in its file, and the shell is not asked again."""
    project.write(
        "services:\n"
        "  postgres: {labels: !reset null}\n"
        "  tool: {image: busybox, environment: {UNSET_HERE: , P: '${POSTGRES_PASSWORD}'},"
        " env_file: secret.env, develop: {watch: [{path: ., action: rebuild}]}}\n"
    )
    models = project.accept(project.review_overlays().hash).models
    services = json.loads(launch_file(models, project.stack))["services"]
    assert services["postgres"]["labels"].items() >= labels_of(project.stack).items()
    assert services["tool"]["environment"] == {"TOKEN": "abc", "P": "${POSTGRES_PASSWORD}"}
    assert not {"develop", "env_file"} & set(services["tool"])


def test_what_compose_refuses_is_told_with_its_place(project: Project) -> None:
    """File, line and column, in Compose's own words."""
    project.write("services:\n  tool:\n    image: busybox\n    ports: no-list\n")
    with pytest.raises(OverlayInvalidError, match=rf"{FILE}:4:5: .*services\.tool\.ports must be a"):
        project.accept()


def test_nothing_of_dockers_own_configuration_is_filled_in(project: Project) -> None:
    """Neither the directory of the user nor the engine that Compose is told."""
    project.write(added("environment: {A: '${DOCKER_CONFIG:-none}', B: '${DOCKER_HOST:-none}'}"))
    environment = project.accept().models.merged["services"]["tool"]["environment"]
    assert environment == {"A": "none", "B": "none"}


def test_a_strange_name_of_an_env_file_stays_on_its_line(project: Project) -> None:
    """What it is called is shown as it is written, and makes no line of devenv's own."""
    name = "a\nhash: trusted\u202e.env"
    (project.root / name).write_text("A=b\n")
    project.write(added(f"env_file: {json.dumps(name)}"))
    (permission,) = project.review_overlays().permissions
    assert permission.sentence.endswith(r"gets all that a\nhash: trusted\u202e.env holds in its environment")
