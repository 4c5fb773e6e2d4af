"""What a project's own Compose files may ask for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from devenv.errors import OverlayInvalidError
from devenv.stack.overlays import Overlay, load_overlays

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path("compose/redis.yaml")

REFUSED = {
    "privileged": ("services:\n  a:\n    privileged: true\n", "3:5", "privileged gives the service a power"),
    "a device": ("services:\n  a:\n    devices: [/dev/kvm]\n", "3:5", "devices gives"),
    "the Docker socket by option": ("services:\n  a:\n    use_api_socket: true\n", "3:5", "use_api_socket"),
    "host network": ("services:\n  a:\n    network_mode: host\n", "3:5", "network_mode gives"),
    "host processes": ("services:\n  a:\n    pid: host\n", "3:5", "pid gives"),
    "a network from a variable": ("services:\n  a:\n    network_mode: ${MODE}\n", "3:5", "network_mode"),
    "the Docker socket": (
        "services:\n  a:\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n",
        "4:9",
        "the mount of /var/run/docker.sock reaches out",
    ),
    "the home directory": ("services:\n  a:\n    volumes: ['~/.ssh:/x']\n", "3:15", "the mount of ~/.ssh"),
    "a variable": ("services:\n  a:\n    volumes: ['${HOME}:/x']\n", "3:15", "the mount of ${HOME}"),
    "a hidden variable": ("services:\n  a:\n    volumes: ['x$HOME:/x']\n", "3:15", "the mount of x$HOME"),
    "the parent": ("services:\n  a:\n    volumes: ['..:/x']\n", "3:15", "the mount of .. reaches"),
    "the parent by a detour": ("services:\n  a:\n    volumes: ['./a/../..:/x']\n", "3:15", "the mount of"),
    "a long mount": (
        "services:\n  a:\n    volumes:\n      - {type: bind, source: /etc, target: /x}\n",
        "4:9",
        "the mount of /etc",
    ),
    "a long mount of a kind from a variable": (
        "services:\n  a:\n    volumes:\n      - {type: '${T}', source: /etc, target: /x}\n",
        "4:9",
        "the mount of /etc",
    ),
    "by an anchor": (
        "x: &x\n  privileged: true\nservices:\n  a:\n    <<: *x\n",
        "2:3",
        "privileged gives the service a power",
    ),
    "a volume that is a bind mount": (
        "volumes:\n  a:\n    driver_opts:\n      type: none\n      o: bind\n      device: /etc\n",
        "6:7",
        "the mount of /etc",
    ),
    "a secret from outside": ("secrets:\n  a:\n    file: /etc/shadow\n", "3:5", "the mount of /etc/shadow"),
    "a config from outside": ("configs:\n  a:\n    file: ../x\n", "3:5", "the mount of ../x"),
    "an included file": ("include: [other.yaml]\n", "1:1", "include brings in files"),
    "an extended file": (
        "services:\n  a:\n    extends:\n      file: other.yaml\n      service: b\n",
        "4:7",
        "extends brings in a file",
    ),
    "no list of volumes": ("services:\n  a:\n    volumes: /etc\n", "3:5", "must be a list"),
    "no mapping of services": ("services: [a]\n", "1:1", "services must map names to settings"),
    "no mapping at all": ("- a\n", "1:1", "a Compose file holds services"),
    "bad YAML": ("services: {\n", "2:1", ""),
}

PASSING = {
    "an image": "services: {a: {image: redis:7}}",
    "a named volume": "services: {a: {volumes: ['data:/data']}}\nvolumes: {data: {}}",
    "a directory of the project": "services: {a: {volumes: ['./conf:/etc/a:ro', '.:/src']}}",
    "a long mount": "services: {a: {volumes: [{type: bind, source: ./conf, target: /x}]}}",
    "a tmpfs": "services: {a: {volumes: [{type: tmpfs, target: /x}]}}",
    "another service's network": "services: {a: {network_mode: 'service:b', pid: 'service:b'}}",
    "switched off": "services: {a: {privileged: false, devices: []}}",
    "a secret of the project": "secrets: {a: {file: ./secret.txt}}",
    "a volume over NFS": "volumes: {a: {driver_opts: {type: nfs, device: ':/export'}}}",
    "an empty service": "services: {a: }",
    "no services": "networks: {outer: {external: true}}",
}


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Overlay]:
    """Return a function that loads a text as an overlay of the project in `project`."""
    root = tmp_path / "project"
    (root / FILE.parent).mkdir(parents=True)

    def loaded(text: str) -> Overlay:
        (root / FILE).write_text(text)
        return load_overlays(root, [FILE])[0]

    return loaded


@pytest.mark.parametrize(("text", "at", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_what_reaches_for_the_host_is_refused_with_its_place(
    load: Callable[[str], Overlay], text: str, at: str, reason: str
) -> None:
    """The file and line, what it asked for, and a hint."""
    with pytest.raises(OverlayInvalidError) as caught:
        load(text)
    assert f"{FILE}:{at}: " in caught.value.message
    assert reason in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", PASSING.values(), ids=PASSING.keys())
def test_what_stays_in_the_project_passes(load: Callable[[str], Overlay], text: str) -> None:
    """A project may add whatever needs nothing of the host."""
    load(text)


def test_an_overlay_tells_what_it_adds(load: Callable[[str], Overlay]) -> None:
    """Names that get the stack's labels; what exists outside the stack is not among them."""
    overlay = load(
        "services: {a: {}, b: {}}\n"
        "volumes: {data: {}, theirs: {external: true}}\n"
        "networks: {inner: , outer: {external: true}}\n"
    )
    assert (overlay.services, overlay.volumes, overlay.networks) == (("a", "b"), ("data",), ("inner",))


@pytest.mark.parametrize("mount", ["./link:/x", "./link/etc:/x", "./inner/../link:/x"])
def test_a_symbolic_link_does_not_lead_out(
    load: Callable[[str], Overlay], tmp_path: Path, mount: str
) -> None:
    """Where a path really ends is what counts."""
    (tmp_path / "project" / "link").symlink_to("/")
    with pytest.raises(OverlayInvalidError, match="reaches out of the project"):
        load(f"services: {{a: {{volumes: ['{mount}']}}}}")


def test_a_symbolic_link_inside_the_project_is_fine(load: Callable[[str], Overlay], tmp_path: Path) -> None:
    """It leads nowhere else."""
    root = tmp_path / "project"
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    load("services: {a: {volumes: ['./link:/x']}}")


@pytest.mark.parametrize("place", ["../outside.yaml", "link.yaml"])
def test_an_overlay_outside_the_project_is_refused(tmp_path: Path, place: str) -> None:
    """Also one that only a link brings in: nobody reviews it with the project."""
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "outside.yaml").write_text("services: {}")
    (root / "link.yaml").symlink_to(tmp_path / "outside.yaml")
    with pytest.raises(OverlayInvalidError, match="lies outside the project"):
        load_overlays(root, [Path(place)])


def test_a_missing_overlay_is_named(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(OverlayInvalidError, match=r"redis\.yaml"):
        load_overlays(tmp_path, [FILE])


def test_overlays_keep_their_order(tmp_path: Path) -> None:
    """Compose merges them in the order of devenv.toml."""
    for name in ("b.yaml", "a.yaml"):
        (tmp_path / name).write_text("services: {}")
    overlays = load_overlays(tmp_path, [Path("b.yaml"), Path("a.yaml")])
    assert [overlay.path.name for overlay in overlays] == ["b.yaml", "a.yaml"]


@pytest.mark.parametrize(
    "service",
    [
        "ports: !override ['127.0.0.1:6379:6379']",
        "healthcheck: !reset null",
        "volumes: !override ['./data:/data']",
    ],
)
def test_what_the_stack_file_says_can_be_replaced(tmp_path: Path, service: str) -> None:
    """Compose's own tags are no mistake in an overlay."""
    (tmp_path / "redis.yaml").write_text(f"services:\n  redis:\n    {service}\n")
    [overlay] = load_overlays(tmp_path, [Path("redis.yaml")])
    assert overlay.services == ("redis",)


def test_a_replaced_value_is_checked_all_the_same(tmp_path: Path) -> None:
    """A tag is no way round a refusal."""
    (tmp_path / "redis.yaml").write_text("services:\n  redis:\n    volumes: !override ['/etc:/x']\n")
    with pytest.raises(OverlayInvalidError, match="the mount of /etc"):
        load_overlays(tmp_path, [Path("redis.yaml")])
