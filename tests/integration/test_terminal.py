"""What a person at a terminal is asked."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

from plugins.real_stack import could_not

DEVENV = Path(sys.executable).with_name("devenv")


def answered(project: Path, answers: str, *arguments: str) -> tuple[int, str]:
    """Run a command whose input and messages are a terminal; return its exit code and all that was shown."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [DEVENV, *arguments], cwd=project, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True
    ) as process:
        os.close(theirs)
        os.write(ours, answers.encode())
        shown = b""
        # A terminal whose last user is gone cannot be read any more.
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return process.returncode, shown.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_a_new_service_asks_for_its_language(tmp_path: Path) -> None:
    """Until the answer is one; nothing stands for both."""
    code, shown = answered(tmp_path, "rust\npython\n", "new-service", "orders")
    assert code == 0
    assert shown.count("Language (go, python, both) [both]") == 2
    assert [path.name for path in (tmp_path / "orders").iterdir() if path.is_dir()] == ["python"]
    code, _ = answered(tmp_path, "\n", "new-service", "bills")
    assert code == 0
    assert {"go", "python"} <= {path.name for path in (tmp_path / "bills").iterdir()}


def test_nobody_is_asked_who_does_not_want_to_be(tmp_path: Path) -> None:
    """With `--no-input` the default is taken."""
    code, shown = answered(tmp_path, "", "new-service", "orders", "--no-input")
    assert code == 0
    assert "Language" not in shown


def test_a_changed_service_is_removed_when_its_name_is_typed(tmp_path: Path) -> None:
    """Any other answer keeps it."""
    assert answered(tmp_path, "", "new-service", "orders", "--lang", "python")[0] == 0
    (tmp_path / "orders/python/README.md").write_text("mine\n")
    code, shown = answered(tmp_path, "yes\n", "remove-service", "orders")
    assert code == 1
    assert "orders/python/README.md" in shown
    assert (tmp_path / "orders").is_dir()
    assert answered(tmp_path, "orders\n", "remove-service", "orders")[0] == 0
    assert not (tmp_path / "orders").exists()


def test_overlays_are_trusted_by_a_yes(tmp_path: Path) -> None:
    """What they can do is shown before the question; a no changes nothing, a yes is remembered."""
    if shutil.which("docker") is None:
        could_not("there is no `docker` command")
    (tmp_path / "devenv.toml").write_text('[compose]\noverlays = ["x.yaml"]\n')
    (tmp_path / "x.yaml").write_text("services:\n  tool:\n    image: x\n    cap_add: [NET_ADMIN]\n")
    sentence = "x.yaml:4:5: the service tool gets more rights in the kernel than a container has"
    code, shown = answered(tmp_path, "\n", "trust")
    assert (code, shown.count(sentence)) == (1, 1)
    code, shown = answered(tmp_path, "y\n", "trust")
    assert (code, shown.index(sentence) < shown.index("[y/N]")) == (0, True)
    code, shown = answered(tmp_path, "", "trust")
    assert (code, "[y/N]" in shown) == (0, False)
