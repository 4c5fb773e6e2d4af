"""What overlays can do, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.markup import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from devenv.overlays.judging import Judgement


def trust_text(
    console: Console,
    overlays: Sequence[str],
    judgement: Judgement | None,
    *,
    is_trusted: bool,
    is_shown: bool,
) -> None:
    """Print the powers where they were only to be shown, and what follows from them."""
    if judgement is None:
        console.print("This project has no overlays.", soft_wrap=True)
        return
    if not judgement.powers:
        names = escape(", ".join(overlays))
        console.print(f"{names}: nothing in it needs trust.", soft_wrap=True)
        return
    if is_shown:
        for power in judgement.powers:
            mark = "[bad]refused[/] " if power.is_refused else ""
            console.print(f"{mark}{escape(power.sentence)}", soft_wrap=True)
        console.print()
    console.print(f"hash: {judgement.hash}", soft_wrap=True)
    console.print(_verdict(judgement, is_trusted=is_trusted), soft_wrap=True)


def _verdict(judgement: Judgement, *, is_trusted: bool) -> str:
    if judgement.refused:
        return "Nobody can trust them like this: what is refused has to go."
    if is_trusted:
        return "They are trusted as they are now; any change asks again."
    return f"They are not trusted: run `devenv trust`, or `devenv up --trust {judgement.hash}` in a pipeline."
