"""The add-on `object-store` on the real stack: clients of S3 with the key get in, others do not."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from e2e.stacks import Yard

pytestmark = pytest.mark.stack

PREFIX = "TEMPORAL_DEVENV_S3_"


def s3(variables: Mapping[str, str], path: str, *options: str, secret: str = "") -> tuple[str, str]:
    """Return the status and the body that curl, which signs as SDKs do, gets from the store."""
    key = f"{variables[f'{PREFIX}ACCESS_KEY']}:{secret or variables[f'{PREFIX}SECRET_KEY']}"
    signed = ["--aws-sigv4", f"aws:amz:{variables[f'{PREFIX}REGION']}:s3", "--user", key]
    signed += ["-H", "x-amz-content-sha256: UNSIGNED-PAYLOAD"]
    url = f"{variables[f'{PREFIX}ENDPOINT']}{path}"
    command = ["curl", "-s", "-w", "\n%{http_code}", *signed, *options, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    body, _, status = done.stdout.rpartition("\n")
    return status, body


def test_objects_are_kept_and_a_wrong_key_is_refused(yard: Yard, tmp_path: Path) -> None:
    """Until the volumes are deleted; `up` has proven with an object of its own that it is of use."""
    stack = yard.project("store", {"devenv.toml": 'visibility = "postgres"\n'})
    document = stack.up("--with", "object-store")
    assert "add-on object-store" in [each["step"] for each in document["timings"]]
    variables = stack.cli.answer("env", "--format", "json")
    file = tmp_path / "order.json"
    file.write_text('{"order": 7}')
    assert s3(variables, "/orders", "-X", "PUT")[0] == "200"
    assert s3(variables, "/orders/2026/7.json", "-T", str(file))[0] == "200"
    status, refusal = s3(variables, "/orders/2026/7.json", secret="wrong")
    assert (status, "SignatureDoesNotMatch" in refusal) == ("403", True)

    assert stack.cli.run("down").exit == 0
    stack.up()
    assert stack.document["addons"] == ["object-store"]
    variables = stack.cli.answer("env", "--format", "json")
    assert s3(variables, "/orders/2026/7.json") == ("200", '{"order": 7}')
