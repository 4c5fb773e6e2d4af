"""What people are told to do when Docker itself refuses."""

from __future__ import annotations

import pytest

from devenv.engines.compose.compose_run import USUAL, hint_for


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("write /var/lib/docker/tmp/x: no space left on device", "docker builder prune"),
        ("could not find an available, non-overlapping IPv4 address pool", "docker network prune"),
        ("all predefined address pools have been fully subnetted", "docker network prune"),
        ('Conflict. The container name "/mine" is already in use by container "4f1c"', "docker rename mine"),
        (
            'network mine was found but has incorrect label com.docker.compose.network set to ""',
            "the network mine",
        ),
        ("cannot start a paused container, try unpause instead", "docker unpause"),
        ("Mounts denied: the path /state is not shared from the host", "share the directory"),
        ("OCI runtime create failed: fork/exec: cannot allocate memory", "out of memory"),
        ("No such image: temporalio/ui:2.55.0", "devenv images list"),
    ],
)
def test_a_refusal_of_docker_has_a_hint_of_its_own(said: str, hint: str) -> None:
    """It names what Docker named, and a command that helps."""
    assert hint in hint_for(["Container shop-ui-1  Creating", f"Error response from daemon: {said}"])


def test_what_nobody_foresaw_has_the_usual_hint() -> None:
    """The evidence is above it."""
    assert hint_for(["Error response from daemon: the moon is full"]) == USUAL
