"""The presets of the Temporal CLI: what they do to a `temporal` that devenv does not start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devenv.project.cli_presets import read_presets

if TYPE_CHECKING:
    from pathlib import Path

OWN = "127.0.0.1:7233"


def effect_of(home: Path, text: str, **variables: str) -> str | None:
    file = home / ".config" / "temporalio" / "temporal.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    presets = read_presets({"HOME": str(home), **variables})
    assert presets is not None
    effect = presets.effect(OWN)
    assert effect is None or str(file) in effect
    return effect


def test_without_the_file_there_are_none(tmp_path: Path) -> None:
    assert read_presets({"HOME": str(tmp_path)}) is None
    assert read_presets({}) is None


def test_an_address_leads_away(tmp_path: Path) -> None:
    """Whatever TEMPORAL_ADDRESS says; the sentence names it."""
    effect = effect_of(tmp_path, "env: {default: {address: 'cloud:7233', tls: 'true'}}")
    assert effect is not None
    assert "sends `temporal` to cloud:7233 (preset default), whatever TEMPORAL_ADDRESS says" in effect


def test_the_preset_of_the_variable_counts(tmp_path: Path) -> None:
    """And the one that holds without it, which `devenv env` unsets in a shell."""
    text = "env: {prod: {address: 'prod:7233'}, other: {address: 'other:7233'}}"
    assert "prod:7233 (preset prod)" in str(effect_of(tmp_path, text, TEMPORAL_ENV="prod"))
    assert effect_of(tmp_path, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "env: {}",
        "env:",
        "version: 1",
        f"env: {{default: {{address: '{OWN}', namespace: orders}}}}",
        "env: {default: }",
    ],
)
def test_what_does_no_harm_is_not_told(tmp_path: Path, text: str) -> None:
    """The stack's own address too."""
    assert effect_of(tmp_path, text) is None


def test_keys_and_codecs_are_told(tmp_path: Path) -> None:
    """They come between the CLI and the stack, or send payloads elsewhere."""
    effect = effect_of(tmp_path, "env: {default: {api-key: s3cret, codec-endpoint: 'http://x', tls: true}}")
    assert str(effect).endswith("sets api-key, codec-endpoint, tls for every `temporal`")
    assert "s3cret" not in str(effect)


@pytest.mark.parametrize("text", ["env:\n  default:\n  : [", "env: [1]", "env: 5", "- 1"])
def test_a_broken_file_stops_every_call(tmp_path: Path, text: str) -> None:
    """With the place in it."""
    effect = str(effect_of(tmp_path, text))
    assert "temporal.yaml:" in effect or text == "- 1"
    assert effect.endswith("every `temporal` fails")
