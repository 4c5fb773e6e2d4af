"""A service that nobody has touched: its own tests and linters pass, and its manifests are valid."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import toolchain
import yaml
from kubernetes_validate import validate  # type: ignore[import-untyped]

from devenv.scaffold.create import advise, create
from devenv.scaffold.names import LONGEST_NAME, Language
from devenv.scaffold.service import ProjectLayout, ServiceRequest, plan_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.toolchain

KUBERNETES = ("1.29", "1.34")
LONG = "A" + "b" * (LONGEST_NAME - 1)
NAMES = ("orders", "Order_Service2", "a", LONG)
REPLAY = ("go", "test", "./internal/worker", "-run", "TestReplay")


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Language], Path]:
    """Return what writes a service, once, and returns its folder."""
    made: dict[tuple[str, Language], Path] = {}

    def service(name: str, language: Language) -> Path:
        if (name, language) not in made:
            root = tmp_path_factory.mktemp(language.value).resolve()
            plan = plan_service(ServiceRequest(name, language), ProjectLayout(root))
            create(plan, None, advise(plan, None, has_registry=True))
            made[name, language] = root / plan.folder
        return made[name, language]

    return service


@pytest.fixture(scope="module")
def shared_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return variables with which the services share what `uv` installs and what mypy knows of it."""
    directory = tmp_path_factory.mktemp("shared")
    return {
        "UV_PROJECT_ENVIRONMENT": str(directory / "venv"),
        "MYPY_CACHE_DIR": str(directory / "types"),
    }


@pytest.mark.parametrize("language", [Language.PYTHON, Language.BOTH])
def test_python_passes_its_linters(
    make: Callable[[str, Language], Path], language: Language, shared_environment: dict[str, str]
) -> None:
    """Format, style and strict types, as its recipe asks for them."""
    toolchain.demand("uv", "just")
    half = make("orders", language) / "python"
    toolchain.succeed("just", "setup", "lint", cwd=half, **shared_environment)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", [Language.PYTHON, Language.BOTH])
def test_python_is_formatted(make: Callable[[str, Language], Path], name: str, language: Language) -> None:
    """Whatever the length of the name, which is part of lines and decides where an import stands."""
    toolchain.demand("ruff")
    half = make(name, language) / "python"
    toolchain.succeed("ruff", "format", "--check", cwd=half)
    toolchain.succeed("ruff", "check", cwd=half)


@pytest.mark.parametrize("language", [Language.PYTHON, Language.BOTH])
def test_python_passes_its_tests(
    make: Callable[[str, Language], Path], language: Language, shared_environment: dict[str, str]
) -> None:
    """None is skipped."""
    toolchain.demand("uv", "just")
    half = make("orders", language) / "python"
    told = toolchain.succeed("just", "test", "-q", cwd=half, **shared_environment)
    assert "passed" in told
    assert "skipped" not in told


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", [Language.GO, Language.BOTH])
def test_go_is_formatted(make: Callable[[str, Language], Path], name: str, language: Language) -> None:
    """Whatever the length of the name."""
    toolchain.demand("gofmt")
    assert toolchain.succeed("gofmt", "-l", ".", cwd=make(name, language) / "go") == ""


@pytest.mark.parametrize("language", [Language.GO, Language.BOTH])
def test_go_vet_finds_nothing(make: Callable[[str, Language], Path], language: Language) -> None:
    """In the integration tests neither; the name is but a part of import paths, the longest here."""
    toolchain.demand("go")
    toolchain.succeed(*toolchain.VET, cwd=make(LONG, language) / "go")


@pytest.mark.parametrize("language", [Language.GO, Language.BOTH])
def test_go_passes_its_tests(make: Callable[[str, Language], Path], language: Language) -> None:
    """As its recipe runs them."""
    toolchain.demand("go", "just")
    assert "ok" in toolchain.succeed("just", "test", cwd=make("orders", language) / "go")


PYTHON_STEPS = """\
        payment_id = await self._pay()
        self._enter(OrderStatus.PAID)
        reservation_id = await self._reserve()
"""
GO_STEPS = """\
	if result.PaymentID, err = pay(ctx, order, undo); err != nil {
		return result, err
	}
	if result.ReservationID, err = reserve(ctx, order, undo); err != nil {
		return result, err
	}
"""


@contextmanager
def edited(path: Path, old: str, new: str) -> Iterator[None]:
    """Change a file of a service for as long as it is looked at."""
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    yield
    path.write_text(text)


def test_python_replay_names_what_an_incompatible_change_breaks(
    make: Callable[[str, Language], Path], shared_environment: dict[str, str]
) -> None:
    """To reserve before the payment is another order of events; behind `patched` it passes."""
    toolchain.demand("uv", "just")
    half = make("orders", Language.PYTHON) / "python"
    steps = PYTHON_STEPS.splitlines(keepends=True)
    swapped = steps[2] + "".join(steps[:2])
    with edited(half / "src/orders/workflows.py", PYTHON_STEPS, swapped):
        done = toolchain.run("just", "test", "tests/test_replay.py", cwd=half, **shared_environment)
    assert done.returncode != 0
    assert "test_a_recorded_history_replays[order-confirmed]" in done.stdout
    assert (
        "'ProcessPayment' does not match activity type of activity command 'ReserveInventory'" in done.stdout
    )

    def indented(lines: str) -> str:
        return "".join(f"    {line}" for line in lines.splitlines(keepends=True))

    guarded = (
        '        if workflow.patched("reserve-first"):\n'
        f"{indented(swapped)}        else:\n{indented(PYTHON_STEPS)}"
    )
    with edited(half / "src/orders/workflows.py", PYTHON_STEPS, guarded):
        toolchain.succeed("just", "test", "tests/test_replay.py", cwd=half, **shared_environment)


def test_go_replay_names_what_an_incompatible_change_breaks(
    make: Callable[[str, Language], Path],
) -> None:
    """As in Python; behind `GetVersion` it passes."""
    toolchain.demand("go")
    half = make("orders", Language.GO) / "go"
    lines = GO_STEPS.splitlines(keepends=True)
    swapped = "".join(lines[3:] + lines[:3])
    with edited(half / "internal/workflows/order_saga.go", GO_STEPS, swapped):
        done = toolchain.run(*REPLAY, cwd=half)
    assert done.returncode != 0
    assert "TestReplay/order-confirmed" in done.stdout
    assert "ProcessPayment" in done.stdout
    assert "ReserveInventory" in done.stdout

    guarded = (
        '	if workflow.GetVersion(ctx, "reserve-first", workflow.DefaultVersion, 1) == 1 {\n'
        f"{swapped}	}} else {{\n{GO_STEPS}	}}\n"
    )
    with edited(half / "internal/workflows/order_saga.go", GO_STEPS, guarded):
        toolchain.succeed(*REPLAY, cwd=half)


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("name", ["orders", "Order_Service2", LONG])
def test_the_deployments_are_valid_and_restricted(
    make: Callable[[str, Language], Path], name: str, version: str
) -> None:
    """By the schema of Kubernetes, and by what its restricted profile demands."""
    for half in ("go", "python"):
        text = (make(name, Language.BOTH) / half / "deploy" / "deployment.yaml").read_text()
        # Through JSON: anchors become what they stand for.
        document = json.loads(json.dumps(yaml.safe_load(text)))
        validate(document, version, strict=True)
        pod = document["spec"]["template"]["spec"]
        [container] = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"] == {
            "requests": {"cpu": "250m", "memory": "512Mi"},
            "limits": {"cpu": "1", "memory": "1Gi"},
        }
        variables = {variable["name"]: variable["value"] for variable in container["env"]}
        assert variables["TEMPORAL_TASK_QUEUE"] == f"{name}-{half}"
        assert variables["TEMPORAL_NAMESPACE"] == name
        assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()


@pytest.mark.parametrize("language", [Language.GO, Language.PYTHON])
def test_copier_makes_the_same(
    make: Callable[[str, Language], Path], tmp_path: Path, language: Language
) -> None:
    """The templates are copier's, too; only the module of Go sources is devenv's own doing."""
    toolchain.demand("uv")
    from devenv.scaffold.render import TEMPLATES

    module = {"example.com/service": "example.com/orders"} if language is Language.GO else {}
    toolchain.succeed(
        *("uv", "tool", "run", "--python", sys.executable, "copier", "copy", "--quiet", "--defaults"),
        *("--data", "name=orders", TEMPLATES / language.value, tmp_path / "made"),
        cwd=tmp_path,
    )
    assert tree(tmp_path / "made", module) == tree(make("orders", language) / language.value, {})


def tree(root: Path, replaced: dict[str, str]) -> dict[str, str]:
    """Return the files that a template made, without what tools have left since."""
    files = {}
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        if (
            path.is_file()
            and not {".venv", "__pycache__", "uv.lock"} & set(parts)
            and "_cache" not in str(parts)
        ):
            text = path.read_text()
            if path.suffix in {".go", ".mod"}:
                for old, new in replaced.items():
                    text = text.replace(old, new)
            files["/".join(parts)] = text
    return files
