"""What is written for Compose and for the containers."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from fakes.world import USUAL_PORTS, World, make_desired

from devenv.dynamicconfig.model import DynamicConfig, Entry
from devenv.engines.compose.files import env_file, mount_options, write_compose_files
from devenv.images.catalog import official_family, stand_in_family
from devenv.overlays.model import ComposeModels
from devenv.overlays.review import Resolution, Review, ReviewedOverlays
from devenv.project.builtin import builtin_dir
from devenv.project.services import Ports
from devenv.project.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from devenv.images.catalog import ImageFamily
    from devenv.stack.desired import Desired

OFFICIAL = official_family(Settings().stack_versions)
STAND_INS = stand_in_family(Settings().stack_versions)


def write(
    world: World,
    desired: Desired | None = None,
    *,
    ports: Ports = USUAL_PORTS,
    images: ImageFamily = OFFICIAL,
    overlaid: ReviewedOverlays | None = None,
) -> str:
    spec = (desired or make_desired()).launch_spec(world.stack().identity, ports, images)
    return write_compose_files(spec, world.store, overlaid)


def variables(world: World) -> dict[str, str]:
    """Return the env file as Compose reads it."""
    lines = (world.store.directory("shop") / "stack.env").read_text().splitlines()
    return dict(shlex.split(line)[0].split("=", 1) for line in lines)


def accepted(world: World, redis: str = "redis:7") -> ReviewedOverlays:
    """Return what was accepted of an overlay that adds Redis with a volume."""
    plain = {"name": "shop", "services": {"temporal": {"image": "x", "labels": {"a": "b"}}}}
    added = {"redis": {"image": redis}, "temporal": {"image": "x"}}
    merged = {"name": "shop", "services": added, "volumes": {"redis-data": {"name": "shop_redis-data"}}}
    models = ComposeModels(world.stack().project, "shop", plain, merged)
    return ReviewedOverlays(Resolution("key", models), Review((), ""))


def test_the_password_is_made_once_for_each_stack(world: World) -> None:
    """The database keeps the first password it was given, and no two stacks share one."""
    write(world)
    first = variables(world)["POSTGRES_PASSWORD"]
    write(world, ports=Ports.of(grpc=1, ui=2, http=3))
    assert variables(world)["POSTGRES_PASSWORD"] == first
    assert len(first) >= 24
    world.store.forget("shop")
    write(world)
    assert variables(world)["POSTGRES_PASSWORD"] != first


def test_the_password_is_in_two_private_files_and_nowhere_else(world: World) -> None:
    """Not in the Compose file, not in labels, not in what is mounted."""
    write(world)
    password = variables(world)["POSTGRES_PASSWORD"]
    written = [path for path in world.store.directory("shop").rglob("*") if path.is_file()]
    with_password = {path.name for path in written if password in path.read_text()}
    assert with_password == {"postgres-password", "stack.env"}
    assert {"stack.yaml", "temporal.yaml"} <= {path.name for path in written}


def test_only_mounted_files_can_be_read_by_others(world: World) -> None:
    """Private files are 0600; mounts are 0644 in directories of 0755, since containers are other users."""
    write(world)
    directory = world.store.directory("shop")
    modes = {
        str(path.relative_to(directory)): oct(path.stat().st_mode & 0o777) for path in directory.rglob("*")
    }
    assert modes == {
        "postgres-password": "0o600",
        "stack.env": "0o600",
        "stack.yaml": "0o600",
        "mounts": "0o755",
        "mounts/server": "0o755",
        "mounts/server/temporal.yaml": "0o644",
    }


def test_visibility_in_postgres_is_a_second_compose_file(world: World) -> None:
    """It goes again with the setting; the images and the env file name no OpenSearch."""
    settings = Settings(visibility="postgres")
    desired = replace(make_desired(), settings=settings)
    with_variant = write(world, desired, images=official_family(settings.stack_versions))
    variant = world.store.directory("shop") / "variant.yaml"
    assert "opensearch: !reset null" in variant.read_text()
    assert "OPENSEARCH_IMAGE" not in variables(world)
    assert write(world) != with_variant
    assert not variant.exists()


@pytest.mark.parametrize("value", ["/home/o'brien/a b", "$HOME ${X} `x`", 'a"b', "#x", "", "a\\b"])
def test_a_value_of_the_env_file_stands_for_itself(value: str) -> None:
    """It is in single quotes, in which Compose expands nothing, and a quote in it is escaped."""
    text = env_file({"NAME": value})
    assert text.startswith("NAME='")
    assert text.endswith("'\n")
    inner = text.removeprefix("NAME='").removesuffix("'\n")
    assert inner.replace("\\'", "") == value.replace("'", "")
    assert inner.count("\\'") == value.count("'") == inner.count("'")


def test_the_settings_reach_the_containers(world: World) -> None:
    """Ports, identity, images, the UI's namespace and durability are variables of the Compose file."""
    write(world, make_desired(settings={"namespace": "orders", "durability": "fast"}))
    found = variables(world)
    expected = {
        "STACK_NAME": "shop",
        "STACK_PROJECT": str(world.stack().project),
        "STACK_OWNER": "1000",
        "STACK_NAMESPACE": "orders",
        "GRPC_PORT": "7233",
        "UI_PORT": "8233",
        "HTTP_PORT": "7243",
        "POSTGRES_FSYNC": "off",
        "POSTGRES_IMAGE": "postgres:17",
        "STACK_FILES": str(world.store.mounts("shop")),
    }
    assert {name: found[name] for name in expected} == expected


def test_every_variable_that_the_stack_file_reads_is_set(world: World) -> None:
    """Nothing is left to a default of the file, or to the shell."""
    write(world)
    text = (world.store.directory("shop") / "stack.yaml").read_text().replace("$${", "")
    # `$$` is a dollar sign for the shell in the container.
    read = {part.partition(":-")[0].partition("}")[0] for part in text.split("${")[1:]}
    assert read <= variables(world).keys()


@pytest.mark.parametrize(
    ("images", "version", "tuned", "shares_classes"),
    [
        (OFFICIAL, "3.6.0", False, False),
        (STAND_INS, "3.6.0", True, True),
        (STAND_INS, "3.7.0", True, False),
    ],
    ids=["official", "stand-in", "stand-in of an untried version"],
)
def test_jvm_options_are_those_that_were_tried(
    world: World, images: ImageFamily, version: str, *, tuned: bool, shares_classes: bool
) -> None:
    """Official images get the heap alone; a class archive is for the listed versions of the stand-in."""
    write(world, make_desired(settings={"versions": {"opensearch": version}}), images=images)
    options = variables(world)["OPENSEARCH_JAVA_OPTS"]
    assert options.startswith("-Xms256m -Xmx256m")
    assert ("-XX:+UseSerialGC" in options) == tuned
    assert ("-XX:SharedArchiveFile=" in options) == shares_classes


def test_unknown_jvm_options_are_allowed_before_any_is_given(world: World) -> None:
    """Another JVM must not refuse to start for an option it does not know."""
    write(world, images=STAND_INS)
    options = variables(world)["OPENSEARCH_JAVA_OPTS"].split()
    tuning = [option for option in options if option.startswith("-XX:")]
    assert tuning[0] == "-XX:+IgnoreUnrecognizedVMOptions"


def test_everything_of_a_stack_with_overlays_has_its_labels(world: World) -> None:
    """So that `down` and `ls` find it when the overlay is gone, whatever it says of labels."""
    write(world, overlaid=accepted(world))
    launched: dict[str, Any] = json.loads((world.store.directory("shop") / "launch.json").read_text())
    assert launched["services"]["redis"]["labels"]["dev.temporal-devenv.stack"] == "shop"
    assert launched["services"]["temporal"]["labels"].items() >= {"a": "b"}.items()
    assert launched["volumes"]["redis-data"]["labels"]["dev.temporal-devenv.owner"] == "1000"


def test_what_was_written_for_overlays_goes_with_the_last_of_them(world: World) -> None:
    """Also what an older devenv wrote: Compose would go on with it."""
    world.store.write_secret("shop", "overlays.json", "[]")
    write(world, overlaid=accepted(world))
    names = {path.name for path in world.store.directory("shop").iterdir()}
    assert {"launch.json", "resolution.json"} <= names
    assert "overlays.json" not in names
    write(world)
    names = {path.name for path in world.store.directory("shop").iterdir()}
    assert not {"launch.json", "resolution.json"} & names


CHANGES: dict[str, dict[str, Any]] = {
    "a port": {"ports": Ports.of(grpc=7234, ui=8233, http=7243)},
    "the images": {"images": STAND_INS},
    "durability": {"desired": make_desired(settings={"durability": "fast"})},
    "the UI's namespace": {"desired": make_desired(settings={"namespace": "orders"})},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_the_fingerprint_is_another_when_a_container_would_be(world: World, change: dict[str, Any]) -> None:
    """That is how `up` knows that it has to launch again."""
    assert write(world) != write(world, **change)


def test_the_fingerprint_covers_the_content_of_overlays(world: World) -> None:
    """An edited overlay is launched again."""
    first = write(world, overlaid=accepted(world))
    assert write(world, overlaid=accepted(world)) == first
    assert write(world, overlaid=accepted(world, "redis:8")) != first


def test_the_fingerprint_stays_when_only_the_server_has_to_follow(world: World) -> None:
    """Seeds go through the API and dynamic config through a file: no container is made again."""
    entry = Entry("limit.maxIDLength", 255, {}, "x.yaml:1:1", "x")
    seeds = {"namespaces": [{"name": "payments"}]}
    changed = make_desired(seeds, {"timeout": "5m"}, DynamicConfig((entry,)))
    assert write(world) == write(world) == write(world, changed)


def published(world: World) -> dict[str, list[str]]:
    """Return what the services publish, without the variables."""
    text = (world.store.directory("shop") / "stack.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    lists = {name: services[name].get("ports", []) for name in services}
    return {name: [each.rpartition(":")[2] for each in ports] for name, ports in lists.items() if ports}


def test_the_servers_own_http_api_is_published_only_if_it_is_asked_for(world: World) -> None:
    """Then not the Web UI's, which has the same port else."""
    fingerprint = write(world)
    assert published(world) == {"temporal": ["7233"], "ui": ["8080", "8080"]}
    assert write(world, make_desired(settings={"http_api": "open"})) != fingerprint
    assert published(world) == {"temporal": ["7233", "7243"], "ui": ["8080"]}


def test_a_stack_is_published_where_the_settings_say(world: World) -> None:
    """The Web UI takes actions of a page that comes from there, and of one on this machine."""
    write(world, ports=replace(USUAL_PORTS, bind="192.168.1.5"))
    written = variables(world)
    assert written["STACK_BIND"] == "192.168.1.5"
    assert written["UI_MORE_ORIGINS"] == ",http://192.168.1.5:8233"
    write(world, ports=replace(USUAL_PORTS, bind="0.0.0.0"))  # noqa: S104 - what people write
    assert (variables(world)["STACK_BIND"], variables(world)["UI_MORE_ORIGINS"]) == ("0.0.0.0", "")  # noqa: S104


def test_the_web_ui_is_served_as_the_settings_say(world: World) -> None:
    write(world, make_desired(settings={"ui": {"public_path": "/t", "codec_endpoint": "http://c:1"}}))
    written = variables(world)
    assert (written["UI_PUBLIC_PATH"], written["UI_CODEC_ENDPOINT"]) == ("/t", "http://c:1")


def test_mounted_files_are_labelled_where_selinux_is_on(tmp_path: Path) -> None:
    """Containers could not read them; elsewhere the option is left out."""
    assert mount_options(tmp_path) == ""
    (tmp_path / "enforce").write_text("1")
    assert mount_options(tmp_path) == ",z"
    mounts = [
        line for line in (builtin_dir("compose") / "stack.yaml").read_text().splitlines() if ":ro" in line
    ]
    assert len(mounts) == 2
    assert all(line.endswith(":ro${STACK_MOUNT_OPTIONS:-}") for line in mounts)
