"""Findings of a text, and how tests write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from devenv.dynamicconfig.catalog.load import load_catalog
from devenv.dynamicconfig.lint.run import lint_text

if TYPE_CHECKING:
    from devenv.dynamicconfig.findings import Finding

CATALOG = load_catalog("1.32.2")


def lint(text: str) -> list[Finding]:
    return lint_text(text, CATALOG, "f.yaml")


def shown(findings: list[Finding]) -> list[str]:
    return [f"{each.line}:{each.column} {each.code.value}" for each in findings]
