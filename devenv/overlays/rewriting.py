"""Writes an overlay anew, so that Compose reads exactly what was checked.

Two readers of YAML may understand one file differently; what is written here has no comments, anchors or line
breaks that they could differ about.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devenv.files.yaml_documents import Document, KeyPath

RESET = "!reset"
# Scalars without quotes that mean the same inside brackets.
_PLAIN = re.compile(r"[-+.\w~]+(?: [-+.:\w]+)*", re.ASCII)
# Characters that JSON allows as they are and YAML takes for line breaks, or not at all.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")


def to_compose(document: Document, replaced: Mapping[KeyPath, object]) -> str:
    """Return the document as YAML in the style of JSON, with other values at the places of `replaced`."""
    return _written(document, document.data, (), replaced)


def _written(document: Document, value: Any, at: KeyPath, replaced: Mapping[KeyPath, object]) -> str:
    tag = document.tags.get(at)
    if tag == RESET:
        return f"{RESET} null"  # the value under it means nothing
    prefix = f"{tag} " if tag else ""
    if at in replaced:
        return prefix + _quoted(replaced[at])
    if isinstance(value, dict):
        items = (
            f"{_key(key)}: {_written(document, item, (*at, key), replaced)}" for key, item in value.items()
        )
        return f"{prefix}{{{', '.join(items)}}}"
    if isinstance(value, list):
        entries = (_written(document, item, (*at, index), replaced) for index, item in enumerate(value))
        return f"{prefix}[{', '.join(entries)}]"
    return prefix + _scalar(value, document.written.get(at))


def _key(key: object) -> str:
    return _quoted(key if isinstance(key, str) else json.dumps(key, default=str))


def _scalar(value: object, written: str | None) -> str:
    if written is not None and _PLAIN.fullmatch(written):
        return written
    return _quoted(value)


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
