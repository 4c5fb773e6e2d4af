"""The command line that a build becomes."""

from __future__ import annotations

from pathlib import Path

from devenv.engines.docker_images import build_command
from devenv.engines.image_build import ImageBuild


def test_a_build_names_everything_that_goes_in() -> None:
    build = ImageBuild(
        tag="temporal-devenv/ui:1-abc",
        dockerfile=Path("/images/ui.Dockerfile"),
        context=Path("/images"),
        target="ui",
        build_args={"UI_VERSION": "1", "BASE": "base:1"},
        secrets={"ca": Path("/etc/ca.pem")},
        labels={"dev.temporal-devenv.image": "ui"},
    )
    assert build_command(build) == [
        "docker",
        "build",
        "--load",
        "--progress=plain",
        "--file=/images/ui.Dockerfile",
        "--target=ui",
        "--tag=temporal-devenv/ui:1-abc",
        "--build-arg=BASE=base:1",
        "--build-arg=UI_VERSION=1",
        "--label=dev.temporal-devenv.image=ui",
        "--secret=id=ca,src=/etc/ca.pem",
        "/images",
    ]
