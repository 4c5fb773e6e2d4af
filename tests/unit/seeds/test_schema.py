from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from devenv.errors import SeedsInvalidError
from devenv.files.yaml_documents import read_yaml
from devenv.project.builtin import builtin_dir
from devenv.seeds.load import seeds_schema

SHOP = Path(__file__).parents[3] / "examples" / "shop" / "seeds"


@pytest.mark.parametrize(
    "path", [*builtin_dir("seeds").glob("*.yaml"), *SHOP.glob("*.yaml")], ids=lambda path: path.name
)
def test_the_schema_accepts_the_seeds_that_are_shipped(path: Path) -> None:
    """An editor shows no errors in files that load."""
    jsonschema.validate(read_yaml(path, SeedsInvalidError).data, seeds_schema())


@pytest.mark.parametrize(
    "data",
    [
        {"namespace": []},
        {"namespaces": [{"name": "a", "retension": "3d"}]},
        {"namespaces": [{"name": "a", "search_attributes": {"B": "keyword"}}]},
        {"nexus_endpoints": [{"name": "ep"}]},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(data: object) -> None:
    """An editor finds a misspelt field before `up` does."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, seeds_schema())
