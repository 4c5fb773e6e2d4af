"""`devenv open`: the Web UI, and the pages of add-ons."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

import typer

from devenv.cli.answer import Answer
from devenv.cli.command import command
from devenv.cli.context import Call

WEB_UI = "ui"


@command("open", panel="Use")
def open_page(
    call: Call,
    page: Annotated[
        str, typer.Argument(metavar="PAGE", help="What to open: ui, or a page of an add-on")
    ] = WEB_UI,
) -> Answer:
    """Open the Web UI or a page of an add-on, or print its URL where there is no browser.

    Examples: devenv open · devenv open metrics
    """
    from devenv.cli.output.terminal import is_interactive
    from devenv.files.sentences import did_you_mean
    from devenv.stack.pages import check_page, pages_of

    pages = {each.name: each for each in pages_of(call.stack.record)}
    if page not in pages:
        raise typer.BadParameter(
            f'no page "{page}"{did_you_mean(page, pages)}; this stack has {", ".join(pages)}'
        )
    check_page(pages[page], call.stack.require_serving())
    url = pages[page].url
    if page == WEB_UI and call.worktree is not None:
        # The Web UI itself begins with a namespace that all worktrees have.
        url = f"{url}/namespaces/{quote(call.namespace, safe='')}/workflows"
    if is_interactive(no_input=call.options.no_input):
        typer.launch(url)
    return Answer({"url": url}, lambda console: console.say(url))
