"""The decision which family a stack runs on, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from fakes.images import FakeImageStore

from devenv.errors import ExitCode, ImageUnavailableError
from devenv.images.catalog import official_family, stand_in_family
from devenv.images.choice import Candidates, choose_images, find_images

if TYPE_CHECKING:
    from devenv.images.catalog import Kind

VERSIONS = {"temporal": "1.32.2", "ui": "2.55.0", "postgres": "17", "opensearch": "3.6.0"}
OFFICIAL = official_family(VERSIONS)
STAND_INS = stand_in_family(VERSIONS)
ALL_OFFICIAL = frozenset(OFFICIAL.refs.values())
ALL_STAND_INS = frozenset(STAND_INS.refs.values())
SOME_OFFICIAL = ALL_OFFICIAL - {"temporalio/ui:2.55.0"}
SOME_STAND_INS = ALL_STAND_INS - {STAND_INS.refs["postgres"]}
BOTH = ALL_OFFICIAL | ALL_STAND_INS
NOTHING: frozenset[str] = frozenset()
EVERYTHING = tuple(OFFICIAL.refs)


@dataclass(frozen=True)
class Case:
    """What is known, and what has to be decided; `chosen` None means an error."""

    present: frozenset[str]
    chosen: Kind | None
    pulled: tuple[str, ...] = ()
    recorded: Kind | None = None
    pull: bool = False
    offline: bool = False


CASES = {
    "both complete: official": Case(BOTH, "official"),
    "official complete": Case(ALL_OFFICIAL, "official"),
    "official complete, stand-ins partly": Case(ALL_OFFICIAL | SOME_STAND_INS, "official"),
    "stand-ins complete": Case(ALL_STAND_INS, "stand-in"),
    "stand-ins complete, official partly: no pull": Case(ALL_STAND_INS | SOME_OFFICIAL, "stand-in"),
    "nothing: pull all": Case(NOTHING, "official", EVERYTHING),
    "official partly: pull the rest": Case(SOME_OFFICIAL, "official", ("ui",)),
    "both partly: pull the rest": Case(SOME_OFFICIAL | SOME_STAND_INS, "official", ("ui",)),
    "pull: although official is local": Case(ALL_OFFICIAL, "official", EVERYTHING, pull=True),
    "pull: although stand-ins are local": Case(ALL_STAND_INS, "official", EVERYTHING, pull=True),
    "offline: official complete": Case(ALL_OFFICIAL, "official", offline=True),
    "offline: stand-ins complete": Case(ALL_STAND_INS, "stand-in", offline=True),
    "offline: nothing": Case(NOTHING, None, offline=True),
    "offline: official partly": Case(SOME_OFFICIAL, None, offline=True),
    "offline wins over pull": Case(ALL_STAND_INS, "stand-in", pull=True, offline=True),
    "recorded stand-ins win": Case(BOTH, "stand-in", recorded="stand-in"),
    "recorded stand-ins gone: no other family": Case(ALL_OFFICIAL, None, recorded="stand-in"),
    "recorded stand-ins partly": Case(SOME_STAND_INS, None, recorded="stand-in"),
    "recorded stand-ins are never pulled": Case(BOTH, "stand-in", recorded="stand-in", pull=True),
    "recorded official wins": Case(BOTH, "official", recorded="official"),
    "recorded official gone: pull": Case(ALL_STAND_INS, "official", EVERYTHING, recorded="official"),
    "recorded official, pull": Case(BOTH, "official", EVERYTHING, recorded="official", pull=True),
    "recorded official gone, offline": Case(ALL_STAND_INS, None, recorded="official", offline=True),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_the_family_is_chosen_by_the_table(case: Case) -> None:
    candidates = Candidates(OFFICIAL, STAND_INS, case.present)
    if case.chosen is None:
        with pytest.raises(ImageUnavailableError):
            choose_images(candidates, recorded=case.recorded, pull=case.pull, offline=case.offline)
        return
    choice = choose_images(candidates, recorded=case.recorded, pull=case.pull, offline=case.offline)
    assert choice.family.kind == case.chosen
    assert {image.service for image in choice.to_pull} == set(case.pulled)
    assert all(image.kind == "official" for image in choice.to_pull)


def test_a_missing_image_is_named_with_its_setting_and_the_way_out() -> None:
    present = ALL_OFFICIAL - {"temporalio/admin-tools:1.32.2"}
    with pytest.raises(ImageUnavailableError) as caught:
        choose_images(Candidates(OFFICIAL, STAND_INS, present), offline=True)
    assert "temporalio/admin-tools:1.32.2" in caught.value.message
    assert "versions.temporal" in caught.value.message
    assert "devenv images build" in caught.value.hint
    assert caught.value.exit_code is ExitCode.PREREQUISITE_MISSING


def test_every_missing_image_is_told() -> None:
    with pytest.raises(ImageUnavailableError) as caught:
        choose_images(Candidates(OFFICIAL, STAND_INS, NOTHING), recorded="stand-in")
    told = "\n".join([caught.value.message, *caught.value.details])
    assert all(ref in told for ref in ALL_STAND_INS)


def test_both_families_are_looked_at_whatever_is_local() -> None:
    store = FakeImageStore(local={STAND_INS.refs["postgres"]})
    found = find_images(VERSIONS, store)
    assert (found.official, found.stand_ins) == (OFFICIAL, STAND_INS)
    assert found.present == {STAND_INS.refs["postgres"]}
