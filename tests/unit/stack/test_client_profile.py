"""The stack's profile comes and goes in Temporal's configuration file, and nothing else in it changes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from temporalio.envconfig import ClientConfigProfile

from devenv.errors import InvalidInputError
from devenv.project.access import ClientTls
from devenv.project.state import StackStore
from devenv.stack.client_profile import remove_profile, write_profile, written_profile
from devenv.temporal.config_file import config_file
from devenv.wiring import temporal_binary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

VALUES = {"address": "127.0.0.1:7233", "namespace": "orders"}
FILES = {
    "empty": "",
    "a comment": "# mine",
    "no end of line": "[profile.default]\naddress = 'x:1'",
    "blank lines": "[profile.default]\naddress = 'x:1'\n\n\n",
    "Windows": "[profile.default]\r\naddress = 'x:1'\r\n",
    "byte order mark": "\ufeff[profile.default]\naddress = 'x:1'\n",
    "tables in between": "[profile.a]\naddress = 'x:1' # a\n[other]\n[profile.b.tls]\ndisabled = true\n",
    "dotted keys": "profile.default.address = 'x:1'\n",
    "text like a header": "[other]\ntext = '''\n[profile.shop]\n'''\n",
    "arrays of tables": "[[list]]\na = 1\n[profile.a]\naddress = 'x:1'\n[[list]]\na = 2\n",
}


@pytest.fixture
def store(tmp_path: Path) -> StackStore:
    """Return an empty store."""
    return StackStore(tmp_path / "stacks")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of Temporal's configuration file, which does not exist."""
    path = tmp_path / "config" / "temporal.toml"
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(path))
    return path


def write(store: StackStore, stack: str = "shop", **values: str) -> None:
    write_profile(store, stack, VALUES | values, is_asked=False)


def test_the_profile_has_the_files_of_tls(store: StackStore, file: Path) -> None:
    """Those of the client only where the server demands them; back in plain text, it says that."""
    tls = ClientTls(authority="/state/ca.pem")
    for used in (tls, tls.model_copy(update={"certificate": "/state/c.pem", "key": "/state/c.key"})):
        write_profile(store, "shop", VALUES, used, is_asked=False)
        found = ClientConfigProfile.load("shop", config_source=file, disable_env=True).tls
        assert found is not None
        assert (found.disabled, str(found.server_root_ca_cert)) == (False, "/state/ca.pem")
        assert str(found.client_cert or "") == used.certificate
        assert str(found.client_private_key or "") == used.key
    write(store)
    found = ClientConfigProfile.load("shop", config_source=file, disable_env=True).tls
    assert found is not None
    assert (found.disabled, found.server_root_ca_cert) == (True, None)
    remove_profile(store, "shop")
    assert not file.exists()


def given(file: Path, text: str) -> bytes:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(text.encode())
    return text.encode()


def address(file: Path, profile: str = "shop") -> str | None:
    return ClientConfigProfile.load(profile, config_source=file, disable_env=True).address


def temporal_config(*arguments: str) -> None:
    command = [str(temporal_binary()), "config", *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_everything_else_stays_byte_for_byte(store: StackStore, file: Path, text: str) -> None:
    """While the profile is there, when its values change, and when it is gone."""
    before = given(file, text)
    write(store)
    assert file.read_bytes().startswith(before)
    write(store, address="127.0.0.1:7300")
    assert file.read_bytes().startswith(before)
    if not text.startswith("\ufeff"):  # the SDKs' reader takes none
        assert address(file) == "127.0.0.1:7300"
    remove_profile(store, "shop")
    assert file.read_bytes() == before
    assert written_profile(store, "shop") is None


def test_sdks_read_the_profile(store: StackStore, file: Path) -> None:
    """With address and namespace, and without TLS."""
    write(store, namespace='odd "name" \\ é')
    profile = ClientConfigProfile.load("shop", config_source=file, disable_env=True)
    assert (profile.address, profile.namespace) == ("127.0.0.1:7233", 'odd "name" \\ é')
    assert profile.tls is not None
    assert profile.tls.disabled is True


def test_a_file_that_devenv_made_goes_with_the_last_profile(store: StackStore, file: Path) -> None:
    """It is private, as keys may be written into it later."""
    write(store)
    assert file.stat().st_mode & 0o777 == 0o600
    remove_profile(store, "shop")
    assert not file.exists()


def test_stacks_do_not_touch_each_other_s_profiles(store: StackStore, file: Path) -> None:
    """In whichever order they come and go."""
    before = given(file, FILES["no end of line"])
    write(store)
    write(store, "other", address="127.0.0.1:7300")
    remove_profile(store, "shop")
    assert address(file, "other") == "127.0.0.1:7300"
    remove_profile(store, "other")
    assert file.read_bytes().rstrip() == before


def test_the_profile_goes_after_temporal_config_wrote_the_file_anew(store: StackStore, file: Path) -> None:
    """It orders and formats all of it."""
    given(file, FILES["no end of line"])
    write(store)
    temporal_config(
        "set", "--config-file", str(file), "--profile", "default", "--prop", "address", "--value", "y:2"
    )
    assert address(file) == "127.0.0.1:7233"
    remove_profile(store, "shop")
    assert "shop" not in file.read_text()
    assert address(file, "default") == "y:2"


def test_a_profile_that_was_changed_since_stays(store: StackStore, file: Path) -> None:
    """Whoever did so gets told how to remove it; `up` does not write over it either."""
    write(store)
    changed = file.read_text().replace("7233", "9999")
    file.write_text(changed)
    actions: list[Callable[[], None]] = [lambda: remove_profile(store, "shop"), lambda: write(store)]
    for action in actions:
        with pytest.raises(InvalidInputError) as caught:
            action()
        assert "the profile shop was changed since devenv wrote it" in caught.value.message
        assert caught.value.hint is not None
        assert "temporal config delete-profile --profile shop" in caught.value.hint
    assert file.read_text() == changed


def test_a_profile_of_the_user_is_not_replaced(store: StackStore, file: Path) -> None:
    """Devenv did not write it, so it does not know what it is for."""
    before = given(file, "[profile.shop]\naddress = 'cloud:7233'\n")
    with pytest.raises(InvalidInputError, match="has a profile shop that devenv did not write"):
        write(store)
    remove_profile(store, "shop")
    assert file.read_bytes() == before


def test_a_profile_that_was_removed_by_hand_is_gone(store: StackStore, file: Path) -> None:
    """Nobody is told of it, and the next `up` writes it again."""
    write(store)
    file.unlink()
    remove_profile(store, "shop")
    write(store)
    assert address(file) == "127.0.0.1:7233"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[profile.default]\naddress = x:1\n", "temporal.toml:2: not valid TOML"),
        (b"\xff\n", "temporal.toml: is not UTF-8"),
        (b"profile = {default = {address = 'x:1'}}\n", "temporal.toml: takes no table at its end"),
        (b"profile = 3\n", "temporal.toml: takes no table at its end"),
    ],
)
def test_a_file_that_cannot_be_used_is_left_as_it_is(
    store: StackStore, file: Path, content: bytes, said: str
) -> None:
    """With its place and the reason."""
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(InvalidInputError) as caught:
        write(store)
    assert said in caught.value.message
    assert file.read_bytes() == content
    assert written_profile(store, "shop") is None


def test_a_link_stays_a_link(store: StackStore, file: Path, tmp_path: Path) -> None:
    """People keep their configuration in a repository; its rights stay too."""
    target = tmp_path / "dotfiles.toml"
    target.write_text(FILES["a comment"])
    target.chmod(0o640)
    file.parent.mkdir()
    file.symlink_to(target)
    write(store)
    assert file.is_symlink()
    assert address(target) == "127.0.0.1:7233"
    assert target.stat().st_mode & 0o777 == 0o640


def test_the_file_is_the_one_that_temporal_s_programs_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A variable names it, else it stands in the user's configuration directory."""
    monkeypatch.delenv("TEMPORAL_CONFIG_FILE", raising=False)
    assert config_file().parts[-2:] == ("temporalio", "temporal.toml")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", os.fspath(tmp_path / "x.toml"))
    assert config_file() == tmp_path / "x.toml"
