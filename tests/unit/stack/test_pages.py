"""The pages that `devenv open` knows."""

from __future__ import annotations

from fakes.world import make_record

from devenv.project.services import Ports
from devenv.project.state import RecordedAddon, RecordedPage, RecordedWeb
from devenv.stack.pages import Page, pages_of


def test_every_stack_has_the_web_ui() -> None:
    """One that never was up, too: its name is known before there is anything to open."""
    assert [(page.name, page.title) for page in pages_of(None)] == [("ui", "Web UI")]


def test_pages_are_on_the_ports_of_the_record() -> None:
    """The Web UI at its public path, a page of an add-on on the port of its name or on the one it names."""
    pages = (
        RecordedPage(name="metrics", title="Metrics", path="/vmui/"),
        RecordedPage(name="alerts", title="Alerts", path="/alerts", port="metrics"),
    )
    record = make_record(ports=Ports.of(grpc=1, ui=2, http=3, metrics=4)).model_copy(
        update={
            "web": RecordedWeb(ui_path="/temporal"),
            "addons": (RecordedAddon(name="observability", pages=pages),),
        }
    )
    assert pages_of(record) == [
        Page("ui", "Web UI", "http://127.0.0.1:2/temporal", "ui"),
        Page("metrics", "Metrics", "http://127.0.0.1:4/vmui", "metrics"),
        Page("alerts", "Alerts", "http://127.0.0.1:4/alerts", "metrics"),
    ]
