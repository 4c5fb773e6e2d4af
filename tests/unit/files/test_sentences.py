from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import pytest
from pydantic import ValidationError

from devenv.errors import SeedsInvalidError
from devenv.files.sentences import sentences
from devenv.files.strict import LAX, Duration, StrictModel
from devenv.files.yaml_documents import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Wheel(StrictModel):
    size: int
    color: Annotated[Color | None, LAX] = None


class Car(StrictModel):
    name: str
    wheels: Annotated[tuple[Wheel, ...], LAX] = ()
    spare: Wheel | None = None
    notes: dict[str, str] | None = None
    fast: bool = False
    speed: float = 1.0
    service: Duration | None = None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name: x\nwhels: []", ['car.yaml:2:1: unknown field "whels"; did you mean "wheels"?']),
        ("name: x\nzzz: 1", ['car.yaml:2:1: unknown field "zzz"']),
        ("fast: true", ['car.yaml:1:1: missing field "name"']),
        (
            "nmae: x",
            [
                'car.yaml:1:1: unknown field "nmae"; did you mean "name"?',
                'car.yaml:1:1: missing field "name"',
            ],
        ),
        ("name: 5", ["car.yaml:1:1: expected text, found the number 5"]),
        ("name: ", ["car.yaml:1:1: expected text, found nothing"]),
        ("name: 2024-01-01", ["car.yaml:1:1: expected text, found a date"]),
        ("name: x\nwheels: 4", ["car.yaml:2:1: expected a list, found the number 4"]),
        ("name: x\nwheels: four", ["car.yaml:2:1: expected a list, found text"]),
        ("name: x\nwheels: [four]", ["car.yaml:2:10: expected a mapping of names to values, found text"]),
        ("name: x\nwheels:\n- {size: '4'}", ["car.yaml:3:4: expected a whole number, found text"]),
        ("name: x\nwheels:\n- {size: 4.5}", ["car.yaml:3:4: expected a whole number, found the number 4.5"]),
        (
            "name: x\nwheels:\n- {siz: 4, size: 4}",
            ['car.yaml:3:4: unknown field "siz"; did you mean "size"?'],
        ),
        ("name: x\nspare: {siz: 4, size: 4}", ['car.yaml:2:9: unknown field "siz"; did you mean "size"?']),
        (
            "name: x\nspare: {size: 4, color: rd}",
            ['car.yaml:2:18: expected one of red, blue, found "rd"; did you mean "red"?'],
        ),
        ("name: x\nnotes: {a: [1]}", ["car.yaml:2:9: expected text, found a list"]),
        ("name: x\nnotes: {1: b}", ["car.yaml:2:9: expected text, found the number 1"]),
        ("name: x\nfast: 1", ["car.yaml:2:1: expected true or false, found the number 1"]),
        ("name: x\nspeed: true", ["car.yaml:2:1: expected a number, found true"]),
        ("name: x\nservice: 5 days", ['car.yaml:2:1: "5 days" is not a duration, write 5d']),
        ("name: x\nservice: 5", ["car.yaml:2:1: expected a duration such as 72h or 30d, found the number 5"]),
    ],
)
def test_a_refusal_says_in_plain_words_what_is_wrong_and_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str, expected: list[str]
) -> None:
    """Nobody who edits a file needs to know pydantic."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "car.yaml"
    path.write_text(content)
    document = read_yaml(path, SeedsInvalidError)

    with pytest.raises(ValidationError) as refused:
        Car.model_validate(document.data)

    assert sentences(refused.value, Car, document) == expected
