"""Getting a family onto the engine."""

from __future__ import annotations

import pytest
from fakes.engine import RecordingReporter
from fakes.images import FakeImageStore

from devenv.errors import ImageUnavailableError
from devenv.images.catalog import official_family, stand_in_family
from devenv.images.pull import ensure_images

VERSIONS = {"temporal": "1.32.2", "ui": "2.55.0", "postgres": "17", "opensearch": "3.6.0"}
OFFICIAL = official_family(VERSIONS)
STAND_INS = stand_in_family(VERSIONS)


def test_a_local_family_is_taken_without_asking_a_registry() -> None:
    store = FakeImageStore(local=set(STAND_INS.refs.values()), published=set(OFFICIAL.refs.values()))
    assert ensure_images(VERSIONS, store, RecordingReporter()) == STAND_INS
    assert store.pulled == []


def test_what_is_missing_is_pulled_and_told_in_bytes() -> None:
    reporter = RecordingReporter()
    store = FakeImageStore(published=set(OFFICIAL.refs.values()))
    assert ensure_images(VERSIONS, store, reporter) == OFFICIAL
    assert set(store.pulled) == set(OFFICIAL.refs.values())
    told = reporter.messages("image ui")
    assert told[0] == "pulling temporalio/ui:2.55.0"
    assert "50 of 100 MB" in told
    assert len(told) < 15


def test_an_image_that_cannot_be_pulled_is_named_with_its_setting() -> None:
    reporter = RecordingReporter()
    store = FakeImageStore(published=set(OFFICIAL.refs.values()) - {"opensearchproject/opensearch:3.6.0"})
    with pytest.raises(ImageUnavailableError) as caught:
        ensure_images(VERSIONS, store, reporter)
    assert "opensearchproject/opensearch:3.6.0" in caught.value.message
    assert "versions.opensearch" in caught.value.message
    assert caught.value.details == ("no such host",)
    assert reporter.steps()[-1] == ("image opensearch", "failed")


def test_a_stack_with_data_keeps_its_family() -> None:
    store = FakeImageStore(local={*OFFICIAL.refs.values(), *STAND_INS.refs.values()})
    assert ensure_images(VERSIONS, store, RecordingReporter(), recorded="stand-in") == STAND_INS
