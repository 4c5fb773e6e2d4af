"""The JSON Schema of a seeds file, for editors."""

from __future__ import annotations

from typing import Any

from devenv.seeds.models import Seeds


def seeds_schema() -> dict[str, Any]:
    """Return the JSON Schema of one `seeds/*.yaml` file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Seeds.model_json_schema()}
