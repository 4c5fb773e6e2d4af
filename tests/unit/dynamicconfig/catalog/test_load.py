"""Catalogs by server version, read from the data that comes with devenv."""

from __future__ import annotations

import subprocess
import sys

import pytest

from devenv.dynamicconfig.catalog.load import covered_versions, load_catalog
from devenv.dynamicconfig.catalog.model import Precedence, ShapeKind, ValueType, read_data
from devenv.dynamicconfig.model import CONSTRAINT_NAMES
from devenv.project.versions import embedded_server_version, shipped_components

NEWEST = covered_versions()[-1]


def test_every_version_that_devenv_runs_is_covered() -> None:
    wanted = {*shipped_components()["temporal"].supported, embedded_server_version()}
    assert set(covered_versions()) == wanted


@pytest.mark.parametrize("version", covered_versions())
def test_a_covered_version_has_its_own_settings(version: str) -> None:
    catalog = load_catalog(version)
    assert (catalog.version, catalog.covers) == (version, version)
    assert all(key == setting.key.lower() for key, setting in catalog.settings.items())


@pytest.mark.parametrize(
    ("wanted", "covers"),
    [
        ("1.31.9", "1.31.2"),
        ("1.32.9", "1.32.2"),
        ("1.30.0", "1.31.2"),
        ("1.33.0", "1.32.2"),
        ("2.0", "1.32.2"),
    ],
)
def test_another_version_has_those_of_the_nearest(wanted: str, covers: str) -> None:
    catalog = load_catalog(wanted)
    assert catalog.covers == covers != catalog.version


def test_versions_differ() -> None:
    """Names, defaults and settings change from one server to the next."""
    older, newer = load_catalog("1.31.2"), load_catalog("1.32.2")
    assert older.find("component.callbacks.allowedAddresses") is not None
    assert newer.find("component.callbacks.allowedAddresses") is None
    assert newer.find("callback.allowedAddresses") is not None


def test_a_key_is_found_in_any_case() -> None:
    setting = load_catalog(NEWEST).find("LIMIT.blobsize.Error")
    assert setting is not None
    assert setting.key == "limit.blobSize.error"


def test_a_simple_setting() -> None:
    setting = load_catalog(NEWEST).find("frontend.namespaceRPS")
    assert setting is not None
    assert setting.type is ValueType.INT
    assert setting.precedence is Precedence.NAMESPACE
    assert (setting.default, setting.default_text) == (2400, "2400")
    assert setting.read == "live"
    assert setting.description
    assert setting.shape is None
    assert setting.converter is None


def test_a_duration_is_text_that_the_server_reads() -> None:
    setting = load_catalog(NEWEST).find("history.defaultWorkflowTaskTimeout")
    assert setting is not None
    assert (setting.type, setting.default) == (ValueType.DURATION, "10s")


def test_a_structure_has_the_fields_that_a_file_may_give() -> None:
    setting = load_catalog(NEWEST).find("history.defaultActivityRetryPolicy")
    assert setting is not None
    assert setting.shape is not None
    assert setting.shape.kind is ShapeKind.STRUCT
    kinds = {name: shape.kind for name, shape in setting.shape.fields.items()}
    assert kinds == {
        "InitialIntervalInSeconds": ShapeKind.DURATION,
        "MaximumIntervalCoefficient": ShapeKind.FLOAT,
        "BackoffCoefficient": ShapeKind.FLOAT,
        "MaximumAttempts": ShapeKind.INT,
    }
    assert setting.default["InitialIntervalInSeconds"] == "1s"
    assert isinstance(setting.default["BackoffCoefficient"], float)


def test_shapes_are_nested() -> None:
    setting = load_catalog(NEWEST).find("matching.partitionScaler")
    assert setting is not None
    assert setting.converter == "ConvertSimplePartitionScalerSettings"
    assert setting.shape is not None
    ups = setting.shape.fields["Ups"]
    assert ups.kind is ShapeKind.LIST
    assert ups.element is not None
    assert ups.element.fields["Window"].kind is ShapeKind.DURATION


def test_only_the_converter_knows_the_shape_of_some() -> None:
    setting = load_catalog(NEWEST).find("frontend.httpAllowedHosts")
    assert setting is not None
    assert setting.shape is None
    assert setting.converter == "ConvertWildcardStringListToRegexp"
    assert setting.default is None
    assert setting.default_text == ".*"


def test_a_default_for_some_requests_only_is_told() -> None:
    setting = load_catalog(NEWEST).find("matching.updateAckInterval")
    assert setting is not None
    assert setting.default == "1m"
    (special,) = setting.constrained_defaults
    assert (special.constraints, special.value) == ({"taskQueueName": "temporal-sys-per-ns-tq"}, "5m")
    assert setting.default_text == "1m; 5m for {taskQueueName: temporal-sys-per-ns-tq}"


def test_what_is_read_only_at_start_is_known() -> None:
    """The server sizes these caches when it is put together; the RPS is asked for with each request."""
    catalog = load_catalog(NEWEST)
    reads = {key: setting.read for key, setting in catalog.settings.items()}
    assert reads["history.hostlevelcachemaxsize"] == "start"
    assert reads["frontend.keepalivemaxconnectionage"] == "start"
    assert reads["frontend.rps"] == "live"


def test_the_server_says_which_constraints_can_match() -> None:
    assert Precedence.GLOBAL.constraint_sets == (frozenset(),)
    assert Precedence.TASK_QUEUE.constraint_sets == (
        frozenset({"namespace", "taskQueueName", "taskType"}),
        frozenset({"namespace", "taskQueueName"}),
        frozenset({"taskQueueName"}),
        frozenset({"namespace"}),
        frozenset(),
    )


@pytest.mark.parametrize("precedence", Precedence)
def test_constraints_have_the_names_of_files(precedence: Precedence) -> None:
    assert precedence.constraint_sets[-1] == frozenset()
    assert frozenset().union(*precedence.constraint_sets) <= set(CONSTRAINT_NAMES)


def test_every_record_can_be_loaded_and_none_is_there_twice() -> None:
    data = read_data()
    for version in data["versions"]:
        keys = [one["key"].lower() for one in data["settings"] if version in one.get("versions", [version])]
        assert len(keys) == len(set(keys)) == len(load_catalog(version).settings)


def test_nothing_is_read_at_import() -> None:
    script = (
        "import devenv.dynamicconfig.catalog.load as load, devenv.dynamicconfig.catalog.model as data;"
        "assert data.read_data.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
