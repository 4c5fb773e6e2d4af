"""What a user gets who installs devenv, and what a developer gets who runs it from the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
CARRIED = ("compose", "seeds", "dynamicconfig")


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(target: str, source: Path, directory: Path) -> Path:
    """Build a distribution; hatchling itself needs no network."""
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", directory, cwd=source)
    (built,) = directory.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bin_dir(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of a fresh environment that holds the wheel, over the dependencies of this one."""
    venv = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv)
    uv, python = Path(sys.executable).with_name("uv"), venv / "bin" / "python"
    run(uv, "pip", "install", "--offline", "--no-deps", "--python", python, wheel, cwd=venv)
    (site_packages,) = venv.glob("lib/python*/site-packages")
    dependencies = sysconfig.get_path("purelib")
    # Not read through to the checkout: `.pth` files count in the environment's own directory only.
    (site_packages / "dependencies.pth").write_text(f"{dependencies}\n", encoding="utf-8")
    return venv / "bin"


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def tracked(*directories: str) -> list[str]:
    # Separated by zeros: names with placeholders would be quoted.
    names = run("git", "ls-files", "-z", *directories, cwd=ROOT).split("\0")
    return [name for name in names if name and (ROOT / name).exists()]


def carried_files() -> set[str]:
    return {f"devenv/_builtin/{name}" for name in tracked(*CARRIED)}


def up_and_down(devenv: Sequence[str | Path], project: Path, home: Path, **others: str) -> Any:
    """Bring a stack up without Docker, take it away, and return what `up` said."""
    engine = ("--engine", "embedded", "--any-port", "-o", "json")
    variables = {"XDG_STATE_HOME": str(home / "state"), **others}
    try:
        return json.loads(run(*devenv, "up", *engine, cwd=project, **variables))
    finally:
        run(*devenv, "down", "--volumes", "--yes", cwd=project, **variables)


def test_the_wheel_carries_defaults_schemas_and_the_mark_of_types(wheel: Path) -> None:
    """An installed devenv needs no checkout."""
    expected = {
        "devenv/py.typed",
        "devenv/project/devenv.schema.json",
        "devenv/seeds/seeds.schema.json",
        "devenv/dynamicconfig/catalog/settings.json",
    }
    assert expected | carried_files() <= contents(wheel)
    assert not [name for name in contents(wheel) if name.startswith(("tests/", "tools/", "compose/"))]


def test_the_wheel_carries_the_templates_of_services(wheel: Path) -> None:
    """All of them, also those whose names begin with a dot."""
    templates = set(tracked("devenv/scaffold/templates"))
    assert "devenv/scaffold/templates/python/.gitignore" in templates
    assert templates == {name for name in contents(wheel) if name.startswith("devenv/scaffold/templates/")}


def test_the_source_distribution_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """Who builds from source gets everything, too."""
    for name in ("sdist", "source", "wheel"):
        (tmp_path / name).mkdir()
    run("tar", "xf", build("sdist", ROOT, tmp_path / "sdist"), cwd=tmp_path / "source")
    (source,) = (tmp_path / "source").iterdir()
    assert contents(build("wheel", source, tmp_path / "wheel")) == contents(wheel)


@pytest.mark.parametrize("command", ["devenv", "temporal-devenv"])
def test_an_installed_devenv_has_both_names(bin_dir: Path, tmp_path: Path, command: str) -> None:
    """Where another tool is called devenv, the second name works."""
    versions = json.loads(run(bin_dir / command, "version", "-o", "json", cwd=tmp_path))
    assert versions["ok"]


def test_an_installed_devenv_works_in_any_directory(bin_dir: Path, tmp_path: Path, run_home: Path) -> None:
    """A wheel, a directory, and no checkout: a project, a stack, and nothing left."""
    run(bin_dir / "devenv", "init", "orders", cwd=tmp_path)
    document = up_and_down([bin_dir / "devenv"], tmp_path, run_home)
    assert {item["name"] for item in document["namespaces"]} == {"default", "orders"}


def test_an_installed_devenv_has_the_add_ons_that_it_ships(bin_dir: Path, tmp_path: Path) -> None:
    """They are beside the stack's Compose file, which the wheel carries with all of its directory."""
    (carried,) = bin_dir.parent.glob("lib/python*/site-packages/devenv/_builtin/compose")
    shipped = shutil.copytree(ROOT / "tests" / "addons" / "static", carried / "addons" / "static")
    # As an installer does that links files from its cache.
    cached = shutil.move(shipped / "compose.yaml", tmp_path / "cached.yaml")
    (shipped / "compose.yaml").symlink_to(cached)
    listed = json.loads(run(bin_dir / "devenv", "addons", "-o", "json", cwd=tmp_path))["addons"]
    [static] = [each for each in listed if each["name"] == "static"]
    assert (static["source"], static["services"]) == ("devenv", ["static"])
    assert {each["name"] for each in listed} >= {
        path.parent.name for path in ROOT.glob("compose/addons/*/addon.toml")
    }
    shutil.rmtree(shipped)


def test_the_checkout_as_its_own_project_loads_its_defaults_once(tmp_path: Path, run_home: Path) -> None:
    """In an editable install the shipped seeds and the project's seeds are the same directory."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("devenv", *CARRIED):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignored)
    (tmp_path / ".git").mkdir()
    from_checkout = (sys.executable, "-c", "from devenv.cli.entry import main; main()")
    document = up_and_down(from_checkout, tmp_path, run_home, PYTHONPATH=str(tmp_path))
    assert [item["name"] for item in document["namespaces"]] == ["default"]
