"""Add-ons that devenv ships: they may change services of the stack, and bring code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from fakes.world import make_desired
from unit.stack.addon_stacks import ON, launched, record, ship, up

from devenv.errors import (
    AddonInvalidError,
    DevenvError,
    NotReadyError,
    ServerUnreachableError,
)
from devenv.project.access import Access, ClientTls
from devenv.stack.addon_plan import list_addons
from devenv.stack.environment import client_variables
from devenv.stack.lifecycle import down
from devenv.stack.report import StackState
from devenv.stack.run_session import run_session
from devenv.stack.status import get_status
from devenv.stack.up import UpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fakes.world import World

    from devenv.addons import AddonContext


def test_an_add_on_of_devenv_needs_no_trust(world: World) -> None:
    """Whatever it does; it is one that devenv has."""
    ship(world, **{"cap_drop: [ALL]": "cap_add: [ALL]"})
    assert up(world, static=True).addons == ["static"]
    [listed], _ = list_addons(world.stack(), make_desired().settings)
    assert (listed.is_builtin, listed.is_on) == (True, True)
    assert [each for each in world.reporter.warnings() if "add-on" in each] == []


def test_what_changes_without_it_is_told_when_it_is_switched_off(world: World) -> None:
    """Before anything is done, be the stack up or down; what its volumes have is remembered, too."""
    folder = ship(world)
    toml = folder / "addon.toml"
    toml.write_text(f'off = "pages are gone"\ndata = "all pages"\n{toml.read_text()}')
    up(world, static=True)
    assert [each.data for each in record(world).addons] == ["all pages"]
    world.compose.calls.clear()
    up(world, static=False)
    assert "the add-on static is switched off: pages are gone" in world.reporter.warnings()
    world.reporter.events.clear()
    up(world)
    assert world.reporter.warnings() == []


@dataclass
class Code:
    """The code of an add-on: `missing` is what it waits for, by call; `failure` is raised before `down`."""

    missing: list[list[str]] = field(default_factory=list)
    failure: DevenvError | None = None
    refusal: DevenvError | None = None
    tls: ClientTls | None = None
    seen: list[tuple[str, AddonContext]] = field(default_factory=list)
    namespaces: list[str] = field(default_factory=list)

    def check(self, context: AddonContext) -> None:
        if self.refusal:
            raise self.refusal

    def access(self, context: AddonContext) -> Access:
        return Access(tls=self.tls)

    def prepare(self, context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:
        self.namespaces = list(namespaces)
        self.seen.append(("prepare", context))
        return {"made/here.html": str(context.ports["site"]).encode()}

    def after_ready(self, context: AddonContext) -> Sequence[str]:
        self.seen.append(("after_ready", context))
        return self.missing.pop(0) if self.missing else []

    def alerts(self, context: AddonContext) -> Sequence[str]:
        return [f"{context.stack.name} is on fire"]

    def before_down(self, context: AddonContext) -> None:
        self.seen.append(("before_down", context))
        if self.failure:
            raise self.failure


def test_the_code_of_an_add_on_makes_files_and_waits_until_it_is_in_use(world: World) -> None:
    """It is asked again as long as something is missing, in a step of its own."""
    ship(world)
    code = world.addon_modules["static"] = Code(missing=[["no page was read yet"]])
    up(world, static=True)
    assert [name for name, _ in code.seen] == ["prepare", "after_ready", "after_ready"]
    assert code.namespaces == ["orders"]
    context = code.seen[0][1]
    assert (context.stack.name, context.settings) == ("shop", {"greeting": "hello"})
    assert (world.store.mounts("shop") / "addons/static/made/here.html").read_text() == "8090"
    assert ("add-on static", "done") in world.reporter.steps()


def test_the_code_of_an_add_on_can_refuse_before_anything_is_touched(world: World) -> None:
    """No port is chosen yet, and what runs goes on."""
    ship(world)
    world.addon_modules["static"] = Code(refusal=DevenvError("not with this data", hint=""))
    with pytest.raises(DevenvError, match="not with this data"):
        up(world, static=True)
    assert world.store.load("shop") is None


TLS = ClientTls(authority="/state/ca.pem", certificate="/state/client.pem", key="/state/client.key")


def test_an_add_on_says_how_clients_connect(world: World) -> None:
    """Devenv is one of them; who looks at the record finds the same."""
    ship(world)
    world.addon_modules["static"] = Code(tls=TLS)
    report = up(world, static=True)
    assert (world.gateway.tls, record(world).access.tls) == (TLS, TLS)
    assert report.endpoints is not None
    assert (report.endpoints.ui, report.endpoints.http) == (
        *("https://127.0.0.1:8233", "https://127.0.0.1:7243"),
    )
    assert [page.url for page in report.pages] == [
        "https://127.0.0.1:8233",
        "http://127.0.0.1:8090",
    ]
    variables = client_variables(report.endpoints, "orders")
    assert {name: value for name, value in variables.items() if "TLS" in name} == {
        "TEMPORAL_TLS": "true",
        "TEMPORAL_TLS_SERVER_CA_CERT_PATH": "/state/ca.pem",
        "TEMPORAL_TLS_CLIENT_CERT_PATH": "/state/client.pem",
        "TEMPORAL_TLS_CLIENT_KEY_PATH": "/state/client.key",
    }


def test_files_of_clients_that_are_of_no_use_are_told_where_they_matter(world: World) -> None:
    """When nobody answers, and before a client is given them; not of a stack without."""
    ship(world)
    world.addon_modules["static"] = Code(tls=TLS)
    up(world, static=True)
    now = world.stack().require_serving()
    now.warn_of_access()
    assert "shop is on fire" in world.reporter.warnings()
    world.gateway.problems = ["transport error"]
    with pytest.raises(ServerUnreachableError) as caught, now.connect():
        pass
    assert caught.value.details == ("transport error", "shop is on fire")
    world.addon_modules["static"] = Code()
    up(world, static=True)
    assert world.stack().require_serving().access_problems() == []


def test_that_clients_of_before_are_refused_is_said_before_anything_is_touched(world: World) -> None:
    """When TLS is switched on, when it is switched off, and not in between."""
    ship(world)
    world.addon_modules["static"] = Code(tls=ClientTls(authority="/state/ca.pem"))

    def said() -> list[str]:
        return [each for each in world.reporter.warnings() if "clients" in each]

    up(world)
    assert said() == []
    up(world, static=True)
    up(world)
    [on] = said()
    assert on.startswith("from now on clients connect by TLS, not by plain text: those that run are refused")
    up(world, static=False)
    assert said()[1].startswith("from now on clients connect by plain text, not by TLS")
    assert world.gateway.tls is None


def test_a_client_that_shows_more_than_is_demanded_gets_in() -> None:
    """So nothing is said when certificates are demanded no more."""
    plain, secured, demanding = Access(), Access(tls=ClientTls(authority="/ca.pem")), Access(tls=TLS)
    assert demanding.refuses(secured)
    assert not secured.refuses(demanding)
    assert plain.refuses(demanding)
    assert not demanding.refuses(demanding)


def test_status_tells_what_the_services_of_an_add_on_say_is_wrong(world: World) -> None:
    """The stack is ready all the same."""
    ship(world)
    world.addon_modules["static"] = Code()
    up(world, static=True)
    report = get_status(world.stack(), make_desired(settings=ON))
    assert (report.state, report.alerts) == (StackState.READY, ["shop is on fire"])


def test_of_a_stack_that_is_down_no_alert_is_asked_for(world: World) -> None:
    """Whoever answers at its ports now is somebody else."""
    ship(world)
    world.addon_modules["static"] = Code()
    up(world, static=True)
    down(world.stack(), volumes=False)
    report = get_status(world.stack(), make_desired(settings=ON))
    assert (report.state, list(report.alerts)) == (StackState.ABSENT, [])


def test_code_that_makes_other_files_has_the_containers_made_anew(world: World) -> None:
    """Their label is another one."""
    ship(world)
    world.addon_modules["static"] = Code()
    up(world, static=True)
    before = launched(world)["static"]["labels"]
    world.ports.hold([8090], "the container bank-static-1", is_stack=True)
    down(world.stack(), volumes=False)
    up(world, static=True)
    assert launched(world)["static"]["labels"] != before


def test_down_lets_the_code_of_an_add_on_finish(world: World) -> None:
    """With what the stack was launched with; what fails there is said, and keeps nothing up."""
    ship(world)
    code = world.addon_modules["static"] = Code()
    up(world, {"addons": {"static": {"greeting": "hi"}}})
    code.failure = DevenvError("the last backup failed", hint="")
    assert down(world.stack(), volumes=False).was_there
    name, context = code.seen[-1]
    assert (name, context.settings, context.ports["site"]) == ("before_down", {"greeting": "hi"}, 8090)
    assert "the add-on static: the last backup failed" in world.reporter.warnings()


def ends(code: Code) -> int:
    """Return how many times the code was told that its containers go."""
    return [name for name, _ in code.seen].count("before_down")


def test_the_code_of_an_add_on_finishes_before_it_is_switched_off(world: World) -> None:
    """The launch without it removes its containers; those that are gone already had their end."""
    ship(world)
    code = world.addon_modules["static"] = Code()
    up(world, static=True)
    up(world, static=True)
    assert ends(code) == 0
    up(world, static=False)
    assert ends(code) == 1
    world.ports.hold([8090], "the container shop-static-1", is_stack=True)
    up(world, static=True)
    down(world.stack(), volumes=False)
    up(world, static=False)
    assert ends(code) == 2


def test_the_code_of_an_add_on_finishes_before_a_roll_back_and_after_run(world: World) -> None:
    ship(world)
    code = world.addon_modules["static"] = Code()
    with run_session(world.stack(), make_desired(settings=ON), UpRequest()):
        assert ends(code) == 0
    assert ends(code) == 1
    world.ports.held.clear()
    code.missing = [["a page"]] * 10_000
    with pytest.raises(NotReadyError):
        up(world, static=True)
    assert ends(code) == 2


def test_the_code_of_an_add_on_finishes_before_the_stack_leaves_its_engine(world: World) -> None:
    ship(world)
    code = world.addon_modules["static"] = Code()
    up(world, ON)
    up(world, {**ON, "engine": "embedded"})
    assert ends(code) == 1


def test_an_own_add_on_wins_over_that_of_devenv_which_is_said(shop: World) -> None:
    """Else a project could not go on with a devenv that ships one of the same name."""
    ship(shop, **{"A static web site": "Not this one"})
    up(shop, static=True)
    sentence = "the add-on static is the project's, not the one that devenv ships"
    assert sentence in shop.reporter.warnings()
    [listed], _ = list_addons(shop.stack(), make_desired().settings)
    assert (listed.title, listed.is_builtin) == ("A static web site", False)


def test_an_own_add_on_cannot_have_code(shop: World) -> None:
    (shop.stack().project / "compose/addons/static/static.py").write_text("")
    with pytest.raises(AddonInvalidError, match=r"static/static\.py: an add-on of a project has no code"):
        up(shop, static=True)


def test_code_of_devenv_is_not_run_for_an_add_on_of_a_project(shop: World) -> None:
    """Nor for one whose engine leaves it out."""
    code = shop.addon_modules["static"] = Code()
    up(shop, static=True)
    down(shop.stack(), volumes=False)
    assert code.seen == []
