from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from devenv.errors import SettingsInvalidError
from devenv.project.locate import Project, find_project
from devenv.project.services import Ports
from devenv.project.settings import Settings, load_settings
from devenv.project.versions import shipped_components

*_OTHERS, _LAST = (f'"{version}"' for version in shipped_components()["temporal"].supported)
SERVERS = f"{', '.join(_OTHERS)} or {_LAST}"
FULL = """
engine = "compose"
namespace = "orders"
timeout = "5m"
durability = "fast"
visibility = "postgres"
profile = true
isolate = "namespace"
[versions]
temporal = "1.31.2"
ui = "2.54.0"
postgres = 16
opensearch = "3.8.0"
[ports]
grpc = 17233
ui = 18233
http = 17243
[paths]
seeds = "temporal/seeds"
dynamicconfig = "temporal/dynamicconfig"
[compose]
overlays = ["compose/extra.yaml"]
[addons]
observability = true
login = {users = 3}
[services.orders]
directory = "orders"
command = ["just", "run"]
watch = ["src/**/*.py"]
env = {LOG_LEVEL = "debug"}
build = ["true"]
replay = ["just", "test"]
[kubernetes]
size = "ha"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "devenv.toml").touch()
    return find_project(tmp_path)


def write(project: Project, text: str, name: str = "devenv.toml") -> None:
    (project.root / name).write_text(text)


def refusal(project: Project, text: str) -> SettingsInvalidError:
    write(project, text)
    with pytest.raises(SettingsInvalidError) as caught:
        load_settings(project)
    return caught.value


def test_a_project_without_a_file_has_the_promised_defaults(tmp_path: Path) -> None:
    """The defaults are those that docs/reference/settings.md states."""
    settings = load_settings(Project(tmp_path, None))
    assert settings.model_dump() == {
        "engine": "auto",
        "namespace": "default",
        "timeout": timedelta(minutes=2),
        "durability": "safe",
        "visibility": "opensearch",
        "profile": False,
        "isolate": "stack",
        "versions": {
            name: shipped_components()[name].default for name in ("temporal", "ui", "postgres", "opensearch")
        },
        "ports": {"bind": "127.0.0.1", "grpc": 7233, "ui": 8233, "http": 7243},
        "http_api": "checked",
        "ui": {"codec_endpoint": "", "public_path": ""},
        "paths": {"seeds": Path("seeds"), "dynamicconfig": Path("dynamicconfig")},
        "compose": {"overlays": ()},
        "addons": {},
        "services": {},
        "kubernetes": {},
    }


def test_every_setting_can_be_written(project: Project) -> None:
    """A whole file is understood, a whole number for a version too."""
    write(project, FULL)
    assert load_settings(project).model_dump() == {
        "engine": "compose",
        "namespace": "orders",
        "timeout": timedelta(minutes=5),
        "durability": "fast",
        "visibility": "postgres",
        "profile": True,
        "isolate": "namespace",
        "versions": {"temporal": "1.31.2", "ui": "2.54.0", "postgres": "16", "opensearch": "3.8.0"},
        "ports": {"bind": "127.0.0.1", "grpc": 17233, "ui": 18233, "http": 17243},
        "http_api": "checked",
        "ui": {"codec_endpoint": "", "public_path": ""},
        "paths": {"seeds": Path("temporal/seeds"), "dynamicconfig": Path("temporal/dynamicconfig")},
        "compose": {"overlays": (Path("compose/extra.yaml"),)},
        "addons": {"observability": True, "login": {"users": 3}},
        "services": {
            "orders": {
                "command": ("just", "run"),
                "directory": Path("orders"),
                "watch": ("src/**/*.py",),
                "env": {"LOG_LEVEL": "debug"},
                "build": ("true",),
                "replay": ("just", "test"),
            }
        },
        "kubernetes": {"size": "ha"},
    }


def test_options_overlay_the_local_file_which_overlays_the_shared_one(project: Project) -> None:
    """Each source changes only what it names."""
    write(project, 'namespace = "shared"\ndurability = "fast"\n[ports]\ngrpc = 1001\nui = 1002')
    write(project, 'namespace = "local"\nengine = "compose"\n[ports]\nui = 2002', "devenv.local.toml")
    settings = load_settings(project, {"engine": "embedded", "timeout": timedelta(seconds=5)})
    assert (settings.durability, settings.namespace, settings.engine) == ("fast", "local", "embedded")
    assert settings.ports.to_ports() == Ports.of(grpc=1001, ui=2002, http=7243)
    assert settings.timeout == timedelta(seconds=5)


def test_a_local_file_needs_no_shared_one(tmp_path: Path) -> None:
    """In a git checkout without `devenv.toml` a developer can still have settings."""
    (tmp_path / "devenv.local.toml").write_text('engine = "embedded"')
    assert load_settings(Project(tmp_path, None)).engine == "embedded"


def test_the_ports_that_were_written_are_known(project: Project) -> None:
    """A port counts as chosen if it is in either file, even at its default value."""
    write(project, "ports.grpc = 7233")
    write(project, "ports.ui = 9000", "devenv.local.toml")
    assert load_settings(project).explicit_ports == {"grpc", "ui"}
    assert Settings().explicit_ports == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\na =", "devenv.toml:2: not valid TOML: invalid value"),
        ("\nprots = 1", 'devenv.toml:2: unknown setting "prots"; did you mean "ports"?'),
        ("[ports]\ngrcp = 1", 'devenv.toml:2: unknown setting "ports.grcp"; did you mean "ports.grpc"?'),
        (
            "[ports]\nmetrics = 1",
            (
                'devenv.toml:2: unknown setting "ports.metrics"; '
                "a port of an add-on is set below [addons.NAME]: ports = {metrics = …}"
            ),
        ),
        ("grpc = 1", 'devenv.toml:1: unknown setting "grpc"; did you mean "ports.grpc"?'),
        ("zzz = 1", 'devenv.toml:1: unknown setting "zzz"'),
        ("[ports.grpc]\n", 'devenv.toml:1: "ports.grpc" must be a port number from 1 to 65535, not a table'),
        ("ports.ui = 0", 'devenv.toml:1: "ports.ui" must be a port number from 1 to 65535, not 0'),
        ("ports.ui = 65536", 'devenv.toml:1: "ports.ui" must be a port number from 1 to 65535, not 65536'),
        ("ports.ui = true", 'devenv.toml:1: "ports.ui" must be a port number from 1 to 65535, not true'),
        ("ports.ui = '1'", 'devenv.toml:1: "ports.ui" must be a port number from 1 to 65535, not "1"'),
        (
            "[ports]\nui = 7233",
            'devenv.toml:2: "ports" must differ from each other: grpc and ui are both 7233',
        ),
        (
            "[ports]\nui = 21207\n\ngrpc = 21207",
            'devenv.toml:2: "ports" must differ from each other: grpc and ui are both 21207',
        ),
        (
            "ports.grpc = 8233",
            'devenv.toml:1: "ports" must differ from each other: grpc and ui are both 8233',
        ),
        ("ports = 1", 'devenv.toml:1: "ports" must be a table, not 1'),
        ("services.orders = 1", 'devenv.toml:1: "services.orders" must be a table, not 1'),
        ("services = []", 'devenv.toml:1: "services" must be a table, not a list'),
        ("[services.orders]", 'devenv.toml:1: missing setting "services.orders.command"'),
        (
            "[services.orders]\ncommand = 'just run'",
            'devenv.toml:2: "services.orders.command" must be a list, not "just run"',
        ),
        (
            "[services.orders]\ncommand = []",
            (
                'devenv.toml:2: "services.orders.command" must be a program and its arguments, as in '
                '["go", "run", "./cmd/worker"]'
            ),
        ),
        (
            "[services.orders]\ncommand = ['x']\nwatch = ['../y']",
            (
                'devenv.toml:3: "services.orders.watch[0]" must be a pattern below the directory such as '
                '"src/**/*.py", not "../y"'
            ),
        ),
        (
            "[services.orders]\ncommand = ['x']\nenv = {'A B' = 'y'}",
            'devenv.toml:3: "services.orders.env" cannot have the variable "A B"',
        ),
        (
            "engine = 'dcoker'",
            'devenv.toml:1: "engine" must be "auto", "compose" or "embedded", not "dcoker"',
        ),
        ("durability = true", 'devenv.toml:1: "durability" must be "safe" or "fast", not true'),
        ("namespace = 1", 'devenv.toml:1: "namespace" must be text in quotes, not 1'),
        (
            "namespace = 'temporal-system'",
            (
                'devenv.toml:1: "namespace" cannot be "temporal-system": '
                'the namespace "temporal-system" belongs to the server'
            ),
        ),
        (
            "namespace = '${NS}'",
            (
                'devenv.toml:1: "namespace" cannot be "${NS}": the name "${NS}" holds a placeholder, '
                "nothing expands ${NS} here: write the value itself, "
                "or have the file written before devenv reads it"
            ),
        ),
        ("namespace = ''", 'devenv.toml:1: "namespace" cannot be "": a name is missing'),
        (
            "namespace = 'a b'",
            'devenv.toml:1: "namespace" cannot be "a b": the name \'a b\' holds a space, which a name cannot',
        ),
        ("timeout = 5", 'devenv.toml:1: "timeout" must be a duration in quotes such as "2m", not 5'),
        ("timeout = '0s'", 'devenv.toml:1: "timeout" must be longer than no time at all, not "0s"'),
        ("paths.seeds = 1", 'devenv.toml:1: "paths.seeds" must be a path in quotes, not 1'),
        ("compose.overlays = 'a'", 'devenv.toml:1: "compose.overlays" must be a list, not "a"'),
        (
            "compose.overlays = ['a', 1]",
            'devenv.toml:1: "compose.overlays[1]" must be a path in quotes, not 1',
        ),
        (
            "versions.temporal = '1.30.0'",
            f'devenv.toml:1: "versions.temporal" must be {SERVERS}, not "1.30.0"',
        ),
        (
            "versions.ui = 2.55",
            'devenv.toml:1: "versions.ui" must be a version in quotes such as "2.55.0", not 2.55',
        ),
        ("versions.postgres = true", 'devenv.toml:1: "versions.postgres" must be a version in quotes'),
        (
            "versions.postgres = 18",
            'devenv.toml:1: "versions.postgres" cannot be 18: PostgreSQL 18 keeps its data',
        ),
        (
            f"namespace = '{'long ' * 20}'",
            'devenv.toml:1: "namespace" cannot be "long',
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_in_plain_words(
    project: Project, text: str, message: str
) -> None:
    """Every kind of mistake is an error with file, line, setting and what would be right."""
    assert refusal(project, text).message.startswith(message)


def test_a_duration_is_refused_with_the_reason(project: Project) -> None:
    """What is wrong with a duration is told by who reads durations."""
    error = refusal(project, "timeout = '5 minutes'")
    assert error.message.startswith('devenv.toml:1: "timeout" is wrong: ')
    assert "5 minutes" in error.message


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(project: Project) -> None:
    """Nobody has to run devenv once for each mistake."""
    error = refusal(
        project, "nmespace = 'x'\n[ports]\ngrpc = 0\nui = 'x'\n[paths]\nseeds = 1\n[versions]\nui='?'"
    )
    places = [line.split(": ")[0] for line in (error.message, *error.details)]
    assert places == [f"devenv.toml:{line}" for line in (1, 3, 4, 6, 8)]


def test_a_mistake_is_placed_in_the_file_whose_value_counts(project: Project) -> None:
    """Of two files that write a setting the local one is to blame."""
    write(project, "engine = 'nope'\n\nzzz = 1", "devenv.local.toml")
    error = refusal(project, "engine = 'auto'\nyyy = 1")
    assert error.message == 'devenv.toml:2: unknown setting "yyy"'
    assert [detail.split(": ")[0] for detail in error.details] == [
        "devenv.local.toml:1",
        "devenv.local.toml:3",
    ]


def test_a_mistake_in_an_option_is_told_as_one(project: Project) -> None:
    """Who gave a wrong option is not sent to a file."""
    with pytest.raises(SettingsInvalidError) as caught:
        load_settings(project, {"timeout": "soon"})
    assert caught.value.message.startswith('option --timeout: "timeout" is wrong: ')
    assert "option" in caught.value.hint


def test_settings_cannot_be_changed() -> None:
    """What was read stays what it is for the whole command."""
    with pytest.raises(ValueError, match="frozen"):
        Settings().engine = "compose"  # type: ignore[misc]


@pytest.mark.parametrize("path", ["..", "../other", "/etc", "inner/../../other"])
def test_a_directory_outside_the_project_is_refused_where_it_is_written(project: Project, path: str) -> None:
    """What a project declares lies in it, so that nobody reads another's files by devenv's errors."""
    error = refusal(project, f'\n[paths]\nseeds = "{path}"')
    assert error.message == f'devenv.toml:3: "paths.seeds" leads out of the project: "{path}"'
    assert refusal(project, f'paths = {{dynamicconfig = "{path}"}}').message.startswith("devenv.toml:1: ")


def test_a_directory_that_is_a_link_out_of_the_project_is_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Also under its default name; a link to a place inside is followed."""
    (project.root / "seeds").symlink_to(tmp_path_factory.mktemp("elsewhere"))
    with pytest.raises(SettingsInvalidError, match=r"^seeds: is a link that leads out of the project$"):
        load_settings(project)
    write(project, '[paths]\nseeds = "inner"')
    (project.root / "inner").symlink_to(".")
    assert load_settings(project).paths.seeds == Path("inner")


def test_a_settings_file_that_is_a_link_out_of_the_project_is_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Its errors would show what stands in the file."""
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "secret"
    elsewhere.write_text("secret")
    (project.root / "devenv.local.toml").symlink_to(elsewhere)
    with pytest.raises(SettingsInvalidError, match="is a link that leads out of the project") as caught:
        load_settings(project)
    assert "secret" not in str(caught.value)


def test_of_thousands_of_mistakes_the_first_are_told(project: Project) -> None:
    """In the time that a person waits, with the number of the others."""
    error = refusal(project, "".join(f"k{number} = 1\n" for number in range(20_000)))
    assert error.message == 'devenv.toml:1: unknown setting "k0"'
    assert len(error.details) == 20
    assert error.details[-1] == "and 19,980 more"


@pytest.mark.parametrize("name", ["devenv.toml", "devenv.local.toml"])
def test_a_pipe_or_a_broken_link_in_place_of_settings_is_an_error(tmp_path: Path, name: str) -> None:
    """Neither is waited for, and neither is taken for no settings at all."""
    os.mkfifo(tmp_path / name)
    with pytest.raises(SettingsInvalidError, match="is not a regular file"):
        load_settings(find_project(tmp_path))
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("nowhere")
    with pytest.raises(SettingsInvalidError, match="cannot be read: no such file"):
        load_settings(find_project(tmp_path))


def test_the_namespace_cannot_hold_what_a_terminal_obeys(project: Project) -> None:
    """`devenv env` prints it as it is."""
    assert (
        "holds the character U+001B, which a name cannot"
        in refusal(project, 'namespace = "a\\u001b[2J"').message
    )


@pytest.mark.parametrize("bind", ["0.0.0.0", "127.0.0.2", "192.168.1.5"])  # noqa: S104 - what people write
def test_a_stack_can_listen_on_any_ipv4_address(project: Project, bind: str) -> None:
    """It is no port: those stay free to move."""
    write(project, f'[ports]\nbind = "{bind}"')
    assert load_settings(project).ports.bind == bind
    assert load_settings(project).explicit_ports == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{setting} = {value}", f'devenv.toml:1: "{setting}" must be {expected}')
        for setting, value, expected in [
            ("ports.bind", '"localhost"', "an IPv4 address of this machine"),
            ("ports.bind", '"::1"', "an IPv4 address of this machine"),
            ("ports.bind", '"10.0.0.0/8"', "an IPv4 address of this machine"),
            ("ports.bind", '""', "an IPv4 address of this machine"),
            ("ui.public_path", '"temporal"', "a path such as"),
            ("ui.public_path", '"/"', "a path such as"),
            ("ui.public_path", '"/temporal/"', "a path such as"),
            ("ui.public_path", '"/a//b"', "a path such as"),
            ("ui.public_path", '"/a b"', "a path such as"),
            ("ui.public_path", '"/$HOME"', "a path such as"),
            ("ui.public_path", '"/api/x"', "a path such as"),
            ("ui.codec_endpoint", '"localhost:8081"', "a URL such as"),
            ("ui.codec_endpoint", '"http://"', "a URL such as"),
            ("ui.codec_endpoint", '"http://a:99999"', "a URL such as"),
            ("ui.codec_endpoint", '"ftp://a"', "a URL such as"),
            ("ui.codec_endpoint", '"http://a b"', "a URL such as"),
            ("http_api", "true", '"checked" or "open"'),
        ]
    ],
)
def test_where_and_how_a_stack_is_published_is_checked(project: Project, text: str, message: str) -> None:
    """At its place in the file."""
    write(project, text)
    with pytest.raises(SettingsInvalidError) as caught:
        load_settings(project)
    assert message in caught.value.message


@pytest.mark.parametrize("path", ["/temporal", "/a/b-c.d_e~f", ""])
def test_a_public_path_may_have_several_parts(project: Project, path: str) -> None:
    """The rest of the world serves it below the same path."""
    write(project, f'[ui]\npublic_path = "{path}"\ncodec_endpoint = "https://codec.example.com:8081/x"')
    assert load_settings(project).ui.public_path == path
