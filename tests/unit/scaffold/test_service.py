"""A service is planned, placed and removed."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from devenv.dynamicconfig.load import load_dynamic_config
from devenv.errors import DevenvError, InvalidInputError, NameInvalidError
from devenv.scaffold.create import advise, create
from devenv.scaffold.names import Language
from devenv.scaffold.project import init_project
from devenv.scaffold.removal import forget_overlays, plan_removal, remove
from devenv.scaffold.service import (
    RECORD_FILE,
    SEARCH_ATTRIBUTES,
    DeclaredNamespace,
    ProjectLayout,
    ServiceRequest,
    plan_service,
)
from devenv.seeds.kinds.namespace import NamespaceSpec
from devenv.seeds.kinds.schedule.spec import ScheduleSpec
from devenv.seeds.load import load_seeds

if TYPE_CHECKING:
    from devenv.scaffold.service import ServicePlan

PYTHON = ServiceRequest("orders", Language.PYTHON)


def files_below(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def written(root: Path, request: ServiceRequest = PYTHON) -> ServicePlan:
    """Write a service and return its plan."""
    plan = plan_service(request, ProjectLayout(root))
    create(plan, None, advise(plan, None, has_registry=True))
    return plan


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return the root of a project that `init` has written."""
    init_project(tmp_path, "shop")
    return tmp_path


@pytest.mark.parametrize("language", Language)
def test_what_was_planned_is_written_and_nothing_else(root: Path, language: Language) -> None:
    """Each half in its own folder, the declarations at the root of the project."""
    before = files_below(root)
    plan = written(root, ServiceRequest("orders", language))
    added = {name: data for name, data in files_below(root).items() if before.get(name) != data}
    assert added == {str(path): data for path, data in plan.files.items()}
    assert {PurePosixPath(name).parts[:2] for name in added if name.startswith("orders/")} >= {
        ("orders", half.value) for half in language.halves
    }


@pytest.mark.parametrize("language", Language)
def test_what_is_declared_can_be_read(root: Path, language: Language) -> None:
    """A namespace of the name, its search attributes, and a schedule on a queue of the service."""
    written(root, ServiceRequest("Order_Service2", language))
    seeds = load_seeds([root / "seeds"])
    namespace = next(item for item in seeds.of(NamespaceSpec) if item.name == "Order_Service2")
    assert set(namespace.search_attributes) == {"CustomerId", "OrderStatus", "OrderTotal"}
    [schedule] = seeds.of(ScheduleSpec)
    home = "go" if language is Language.GO else "python"
    assert (schedule.namespace, schedule.task_queue) == ("Order_Service2", f"Order_Service2-{home}")
    entries = load_dynamic_config([root / "dynamicconfig"]).entries
    assert {entry.constraints["namespace"] for entry in entries} == {"Order_Service2"}


def test_directories_that_the_project_calls_otherwise_are_used(root: Path) -> None:
    """As `[paths]` names them."""
    layout = ProjectLayout(root, Path("temporal/seeds"), Path("temporal/config"))
    plan = plan_service(PYTHON, layout)
    assert PurePosixPath("temporal/seeds/orders.yaml") in plan.project_files
    assert PurePosixPath("temporal/config/namespaces/orders.yaml") in plan.project_files


def test_a_service_may_lie_deeper(root: Path) -> None:
    """Its overlay and its workflow name the folder."""
    plan = written(root, ServiceRequest("orders", Language.PYTHON, root / "services"))
    assert plan.overlays == ("services/orders/python/compose.yaml",)
    assert "context: services/orders/python" in (root / plan.overlays[0]).read_text()
    assert "just -f services/orders/python/justfile" in (root / ".github/workflows/orders.yaml").read_text()


@pytest.mark.parametrize(
    "path",
    [
        "orders/",
        "orders/mine.txt",
        "orders",
        "seeds/orders.yaml",
        "seeds/orders.yml",
        "dynamicconfig/namespaces/orders.yaml",
        ".github/workflows/orders.yaml",
    ],
)
def test_nothing_that_is_there_is_touched(root: Path, path: str) -> None:
    """A name that any of the files has already is refused, and nothing is written."""
    if path.endswith("/"):
        (root / path).mkdir()
    else:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("mine\n")
    before = files_below(root)
    with pytest.raises(NameInvalidError, match="exists already"):
        written(root)
    assert files_below(root) == before


def test_a_link_that_leads_nowhere_is_there_too(root: Path) -> None:
    """What it points to may be anywhere."""
    (root / "orders").symlink_to(root / "elsewhere")
    with pytest.raises(NameInvalidError, match="exists already"):
        written(root)


OWN_SEEDS = """\
namespaces:
  - name: orders
    retention: 5d
    search_attributes: {CustomerId: Keyword}
"""


def with_orders(root: Path, seeds: str = OWN_SEEDS) -> ProjectLayout:
    """Return the layout of a project that has a namespace for the service."""
    (root / "seeds/orders.yaml").write_text(seeds)
    (root / "dynamicconfig/namespaces/orders.yaml").write_text("# limit.blobSize.error: 2097152\n")
    [orders] = [each for each in load_seeds([root / "seeds"]).of(NamespaceSpec) if each.name == "orders"]
    types = {name: kind.value for name, kind in orders.search_attributes.items()}
    return ProjectLayout(root, namespaces={"orders": DeclaredNamespace("seeds/orders.yaml", types)})


def test_a_namespace_that_is_declared_is_used(root: Path) -> None:
    """What it lacks goes to another file; what is there stays as it is."""
    layout = with_orders(root)
    before = files_below(root)
    plan = plan_service(PYTHON, layout)
    create(plan, None, advise(plan, None, has_registry=True))
    [orders] = [each for each in load_seeds([root / "seeds"]).of(NamespaceSpec) if each.name == "orders"]
    assert orders.retention == timedelta(days=5)
    assert set(orders.search_attributes) == {"CustomerId", "OrderStatus", "OrderTotal"}
    assert "CustomerId" not in (root / "seeds/orders-service.yaml").read_text()
    [schedule] = load_seeds([root / "seeds"]).of(ScheduleSpec)
    assert (schedule.id, schedule.namespace) == ("orders-daily-report", "orders")
    assert plan.kept == {
        PurePosixPath("seeds/orders.yaml"): [],
        PurePosixPath("dynamicconfig/namespaces/orders.yaml"): [
            "limit.blobSize.error: 524288",
            "limit.blobSize.warn: 131072",
        ],
    }
    remove(plan_removal("orders", root, root))
    assert files_below(root) == before


def test_a_namespace_that_has_everything_gets_no_file(root: Path) -> None:
    """There would be nothing in it."""
    declared = DeclaredNamespace("seeds/all.yaml", SEARCH_ATTRIBUTES, {"orders-daily-report"})
    plan = plan_service(PYTHON, ProjectLayout(root, namespaces={"orders": declared}))
    assert not [path for path in plan.project_files if path.parts[0] == "seeds"]


def test_a_search_attribute_of_another_type_is_told_before_anything_is_written(root: Path) -> None:
    """The workflows could not set it."""
    layout = with_orders(root, OWN_SEEDS.replace("CustomerId: Keyword", "OrderTotal: Int"))
    with pytest.raises(InvalidInputError, match=r"seeds/orders.yaml: .*OrderTotal of orders is Int"):
        plan_service(PYTHON, layout)


@pytest.mark.parametrize("name", ["seeds", "dynamicconfig"])
def test_the_directories_of_a_project_are_no_services(tmp_path: Path, name: str) -> None:
    """Even before they exist."""
    with pytest.raises(NameInvalidError, match="its own purpose"):
        plan_service(ServiceRequest(name), ProjectLayout(tmp_path))


def test_a_service_lies_in_its_project(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Where else would its declarations be?"""
    outside = tmp_path_factory.mktemp("outside")
    with pytest.raises(NameInvalidError, match="outside the project"):
        plan_service(ServiceRequest("orders", parent=outside), ProjectLayout(root))


def test_what_cannot_be_finished_leaves_nothing(root: Path) -> None:
    """Not even the folder that was complete."""
    plan = plan_service(PYTHON, ProjectLayout(root))
    before = files_below(root)
    (root / ".github").write_text("a file where a directory is needed\n")
    with pytest.raises(DevenvError):
        create(plan, None, advise(plan, None, has_registry=True))
    (root / ".github").unlink()
    assert files_below(root) == before
    assert not (root / "orders").exists()


@pytest.mark.parametrize("language", Language)
def test_removing_undoes_writing(root: Path, language: Language) -> None:
    """To the last byte, with what devenv.toml says; what tools have left goes along."""
    before = files_below(root)
    plan = plan_service(ServiceRequest("orders", language), ProjectLayout(root))
    create(plan, root / "devenv.toml", advise(plan, root / "devenv.toml", has_registry=True))
    assert "compose.yaml" in (root / "devenv.toml").read_text()
    cache = root / plan.halves[0] / ".venv" / "lib"
    cache.mkdir(parents=True)
    (cache / "x.py").touch()
    removal = plan_removal("orders", root, root)
    assert removal.changed == ()
    remove(removal)
    assert not forget_overlays(removal, root / "devenv.toml")
    assert files_below(root) == before
    assert not (root / ".github").exists()


def test_what_was_changed_or_added_is_named_before_it_is_removed(root: Path) -> None:
    """One that was deleted meanwhile is not missed."""
    written(root)
    (root / "orders/python/README.md").write_text("mine\n")
    (root / "orders/python/src/orders/new.py").write_text("mine\n")
    (root / "seeds/orders.yaml").write_text("namespaces: []\n")
    (root / "orders/python/Dockerfile").unlink()
    assert plan_removal("orders", root, root).changed == (
        "orders/python/README.md",
        "orders/python/src/orders/new.py",
        "seeds/orders.yaml",
    )


@pytest.mark.parametrize("name", ["bills", "", ".", "..", "a/b", "seeds"])
def test_only_what_was_written_can_be_removed(root: Path, name: str) -> None:
    """A folder without a record is somebody's own."""
    written(root)
    with pytest.raises(NameInvalidError, match="There is no service"):
        plan_removal(name, root, root)


@pytest.mark.parametrize("text", ["", "{}", '{"schema_version": 2}'])
def test_a_damaged_record_is_told(root: Path, text: str) -> None:
    """Nothing is removed by guessing."""
    written(root)
    (root / "orders" / RECORD_FILE).write_text(text)
    with pytest.raises(InvalidInputError, match="does not hold the record"):
        plan_removal("orders", root, root)


def test_a_record_reaches_nothing_outside_the_project(root: Path) -> None:
    """Whoever wrote it."""
    written(root)
    record = root / "orders" / RECORD_FILE
    record.write_text(record.read_text().replace("orders/python/Dockerfile", "../outside"))
    with pytest.raises(InvalidInputError, match="outside the project"):
        plan_removal("orders", root, root)


def test_a_settings_file_of_ones_own_is_left_alone(root: Path) -> None:
    """What it names has to be taken out by its owner."""
    plan = written(root)
    settings = root / "devenv.toml"
    settings.write_text(f'[compose]\noverlays = ["{plan.overlays[0]}"]\n')
    assert not advise(plan, settings, has_registry=True).are_added
    before = settings.read_text()
    removal = plan_removal("orders", root, root)
    assert forget_overlays(removal, settings)
    assert settings.read_text() == before


def test_no_image_is_asked_for_where_there_is_no_registry(root: Path) -> None:
    """A stack on stand-ins could not come up any more."""
    plan = plan_service(PYTHON, ProjectLayout(root))
    advice = advise(plan, root / "devenv.toml", has_registry=False)
    assert (advice.are_added, advice.reason) == (False, "the stack runs without images from a registry")


@pytest.mark.parametrize("name", [".github", "dynamicconfig", "dynamicconfig/namespaces"])
def test_nothing_is_written_where_a_link_leads_out_of_the_project(
    root: Path, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Neither before nor after it is noticed."""
    outside = tmp_path_factory.mktemp("outside")
    shutil.rmtree(root / name, ignore_errors=True)
    (root / name).symlink_to(outside)
    before = files_below(root)
    with pytest.raises(NameInvalidError, match="outside the project, where a link leads to"):
        written(root)
    assert (list(outside.iterdir()), files_below(root)) == ([], before)


def test_a_name_that_differs_from_anothers_in_case_alone_is_refused(root: Path) -> None:
    """They would have one image, and one service of Compose."""
    layout = ProjectLayout(root, namespaces={"Order_Service": DeclaredNamespace("seeds/a.yaml")})
    with pytest.raises(NameInvalidError, match=r'"order-service" and "Order_Service"'):
        plan_service(ServiceRequest("order-service"), layout)


def test_of_several_who_make_one_service_one_wins(root: Path) -> None:
    """The others are told that somebody else was faster, and leave nothing of theirs."""
    plans = [plan_service(PYTHON, ProjectLayout(root)) for _ in range(4)]
    advice = advise(plans[0], root / "devenv.toml", has_registry=True)
    with ThreadPoolExecutor(4) as pool:
        ends = [pool.submit(create, plan, root / "devenv.toml", advice) for plan in plans]
    failures = [end.exception() for end in ends if end.exception()]
    assert len(failures) == 3
    for failure in failures:
        assert isinstance(failure, NameInvalidError)
        assert failure.message == f"{root / 'orders'} exists already: somebody else has just made it"
    assert set(files_below(root)) >= {str(path) for path in plans[0].files}
    hidden = {path.name for path in root.iterdir() if path.name.startswith(".")}
    assert hidden == {".github", ".gitignore"}


def test_services_that_are_made_at_once_are_all_named_in_the_settings(root: Path) -> None:
    """None takes another's overlay out again."""
    names = ["one", "two", "three", "four"]
    plans = [plan_service(ServiceRequest(name, Language.PYTHON), ProjectLayout(root)) for name in names]
    settings = root / "devenv.toml"
    advices = [advise(plan, settings, has_registry=True) for plan in plans]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda made, advice: create(made, settings, advice), plans, advices))
    assert all(f'"{name}/python/compose.yaml"' in settings.read_text() for name in names)
