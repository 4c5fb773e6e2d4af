"""What `trust` answers: what overlays can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.cli.output.visible import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devenv.cli.output.terminal import SafeConsole
    from devenv.overlays.judging import Judgement


def trust_document(
    overlays: Sequence[str], judgement: Judgement | None, *, is_trusted: bool
) -> dict[str, Any]:
    """Return the fields of `trust`."""
    powers = judgement.powers if judgement else ()
    return {
        "overlays": list(overlays),
        "needs_trust": bool(powers),
        "trusted": is_trusted,
        "hash": judgement.hash if judgement and powers else None,
        "powers": [
            {"text": power.text, "place": power.place, "refused": power.is_refused} for power in powers
        ],
    }


def trust_text(
    console: SafeConsole,
    overlays: Sequence[str],
    judgement: Judgement | None,
    *,
    is_trusted: bool,
    is_shown: bool,
) -> None:
    """Print the powers where they were only to be shown, and what follows from them."""
    if judgement is None:
        console.say("This project has no overlays.")
        return
    if not judgement.powers:
        names = escape(", ".join(overlays)) or "the add-ons of this project"
        console.say(f"{names}: nothing in it needs trust.")
        return
    if is_shown:
        for power in judgement.powers:
            mark = "[bad]refused[/] " if power.is_refused else ""
            console.say(f"{mark}{escape(power.sentence)}")
        console.say()
    console.say(f"hash: {judgement.hash}")
    console.say(_verdict(judgement, is_trusted=is_trusted))


def _verdict(judgement: Judgement, *, is_trusted: bool) -> str:
    if judgement.refused:
        return "Nobody can trust them like this: what is refused has to go."
    if is_trusted:
        return "They are trusted as they are now; any change asks again."
    return f"They are not trusted: run `devenv trust`, or `devenv up --trust {judgement.hash}` in a pipeline."
