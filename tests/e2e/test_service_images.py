"""The images of generated services: they build on stand-ins for their bases, and work inside the stack."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import toolchain
from e2e.services import Service, run
from e2e.stacks import UP

from devenv.images.base import BASE_REF
from tools.compiled import kept_by_builder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from e2e.stacks import Stack, Yard

pytestmark = [pytest.mark.stack, pytest.mark.toolchain]

NOBODY = "65532:65532"
# Neither asks for anything outside: the packages are in the image.
PYTHON_BASE = f"""\
FROM {BASE_REF}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv ca-certificates
COPY wheels /wheels
ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels
"""
GO_BASE = f"""\
FROM {BASE_REF}
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends ca-certificates
COPY go /usr/local/go
COPY modules /modules
ENV PATH=/usr/local/go/bin:$PATH GOPROXY=file:///modules/cache/download GOSUMDB=off GOTOOLCHAIN=local
"""
# Where the Dockerfile of a service has Go compile: what the other tests need is not compiled once more.
GOES_CACHE = "/var/cache/go-build"
LENT = f"""\
RUN --mount=type=bind,from=compiled,target=/compiled --mount=type=cache,target={GOES_CACHE} \\
    cp -r /compiled/. {GOES_CACHE}
"""
NEEDED = (
    "opentelemetry-exporter-otlp-proto-http>=1.35,<2",
    "temporalio[opentelemetry]>=1.35,<2",
    "hatchling>=1.27",
)
PLATFORMS = (f"manylinux_2_28_{platform.machine()}", f"manylinux2014_{platform.machine()}", "any")
WHEELS = (
    # An environment that uv made has no pip.
    *("uv", "tool", "run", "--python", sys.executable, "pip", "download", "-q", "--only-binary", ":all:"),
    *(
        "--python-version",
        "3.13",
        "--implementation",
        "cp",
        "--abi",
        "cp313",
        "--abi",
        "abi3",
        "--abi",
        "none",
    ),
    *(option for name in PLATFORMS for option in ("--platform", name)),
)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a directory for what goes into images; those that were made are removed."""
    toolchain.demand("go", "uv")
    yield tmp_path_factory.mktemp("workshop")
    for tag in ("go", "python"):
        toolchain.run("docker", "image", "rm", "--force", f"devenv-e2e/{tag}-base", cwd=Path("/"))
        toolchain.run("docker", "image", "rm", "--force", f"shipped-{tag}", cwd=Path("/"))


def build_base(directory: Path, tag: str, dockerfile: str, *options: str) -> str:
    """Build a stand-in for a base image; return its name."""
    (directory / "Dockerfile").write_text(dockerfile)
    name = f"devenv-e2e/{tag}-base"
    toolchain.succeed("docker", "build", "-q", "-t", name, *options, ".", cwd=directory)
    return name


def python_base(workshop: Path) -> str:
    directory = workshop / "python"
    directory.mkdir()
    toolchain.succeed(*WHEELS, "-d", "wheels", *NEEDED, cwd=directory)
    return build_base(directory, "python", PYTHON_BASE)


def go_base(workshop: Path, half: Path) -> str:
    directory = workshop / "go"
    directory.mkdir()
    cached = toolchain.succeed("go", "env", "GOMODCACHE", cwd=half).strip()
    toolchain.succeed("go", "mod", "download", cwd=half)
    proxy = {"GOMODCACHE": str(directory / "modules"), "GOPROXY": f"file://{cached}/cache/download"}
    toolchain.succeed("go", "mod", "download", cwd=half, GOSUMDB="off", GOFLAGS="-modcacherw", **proxy)
    # Only what a proxy serves: sources are unpacked again in the image.
    for path in (directory / "modules").iterdir():
        if path.name != "cache":
            shutil.rmtree(path)
    root = Path(toolchain.succeed("go", "env", "GOROOT", cwd=half).strip())
    shutil.copytree(root, directory / "go", ignore=shutil.ignore_patterns("test", "doc"), symlinks=True)
    if kept_by_builder(f"cached mount {GOES_CACHE} "):
        return build_base(directory, "go", GO_BASE)
    return build_base(directory, "go", GO_BASE + LENT, "--build-context", f"compiled={toolchain.COMPILED}")


@pytest.mark.usefixtures("base_system")
def test_the_workers_run_inside_the_stack(yard: Yard, workshop: Path) -> None:
    """Both images build, run as nobody in particular, and take an order across the languages."""
    stack: Stack = yard.project("harbour")
    written = stack.cli.answer("new-service", "shipped", "--lang", "both")
    overlays = ", ".join(f'"{name}"' for name in written["overlays"]["files"])
    (stack.project / "devenv.toml").write_text(f'timeout = "15m"\n\n[compose]\noverlays = [{overlays}]\n')
    service = Service(stack, "shipped", "both")
    images = {
        "PYTHON_IMAGE": python_base(workshop),
        "GO_IMAGE": go_base(workshop, service.folder("go")),
    }
    stack.cli = stack.cli.with_variables(**images)
    # The overlays need trust for what the shell fills in, and for nothing else.
    stack.cli.answer("trust", "--yes")
    # Without anything in the caches of the builder, the images take minutes.
    started = stack.cli.run(*UP, timeout_s=toolchain.TIMEOUT_S)
    assert started.exit == 0, started
    stack.document = started.document

    async def place() -> str:
        handle = await service.place()
        return str((await handle.result())["status"])

    assert run(place()) == "confirmed"
    workers = {name: item for name, item in stack.services().items() if name.startswith("shipped-")}
    assert set(workers) == {"shipped-go", "shipped-python"}
    assert {worker["Config"]["User"] for worker in workers.values()} == {NOBODY}
    for name in workers:
        # Python itself says in text what ends a worker that came before its namespace.
        texts = [line["text"] for line in stack.cli.answer("logs", name)["lines"]]
        assert "INFO" in {json.loads(text)["level"] for text in texts if text.startswith("{")}, texts
