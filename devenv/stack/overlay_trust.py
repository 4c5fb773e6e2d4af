"""Has the overlays of a project reviewed, and asks for their user's trust, before anything is launched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from devenv.engines.packages import traits_of
from devenv.errors import OverlayInvalidError, TrustNeededError
from devenv.events import warn
from devenv.images.catalog import official_family, stand_in_family, with_addons
from devenv.registry import ENGINES
from devenv.stack.addon_plan import plan_addons, with_addon_ports

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from devenv.engines.protocol import Engine, LaunchSpec, StackIdentity
    from devenv.overlays.review import Review, ReviewedOverlays
    from devenv.project.state import StackRecord
    from devenv.stack.dependencies import Dependencies
    from devenv.stack.desired import Desired
    from devenv.stack.stack import Stack

NOTHING = "nothing that this stack has needs trust"


def accept_overlays(
    spec: LaunchSpec,
    engine: Engine,
    deps: Dependencies,
    *,
    known: ReviewedOverlays | None = None,
    trusted: str | None = None,
) -> ReviewedOverlays | None:
    """Return what may be launched of the overlays; None without any, and on an engine that takes none.

    What they can do beyond the harmless must have been trusted before, or have the hash `trusted`, which is
    remembered. What was `known` of them is used again if nothing has changed.

    Raises:
        OverlayInvalidError: Compose cannot use them, or they do what nobody may trust.
        TrustNeededError: Their user has not said yes yet.
    """
    reviewed = engine.review_overlays(spec, known)
    if reviewed is None:
        warn_of_trust(trusted, NOTHING, deps)
    else:
        check_permitted(reviewed.review)
        check_trust(spec.stack.project, reviewed.review, deps, trusted)
    return reviewed


def provisional_spec(stack: StackIdentity, desired: Desired, record: StackRecord | None) -> LaunchSpec:
    """Return what would be launched, as long as nobody has chosen ports and images."""
    settings = desired.settings
    ports = with_addon_ports(desired.addons, record.ports if record else settings.ports.to_ports())
    family = stand_in_family if record and record.image_family == "stand-in" else official_family
    return desired.launch_spec(stack, ports, with_addons(family(settings.stack_versions), desired.addons))


def review_project(
    stack: Stack, desired: Desired, switched: Mapping[str, bool] | None = None
) -> Review | None:
    """Return what the overlays and own add-ons of a project can do, whether or not it has a stack.

    `switched` are add-ons that are taken to be on or off. None if there is neither an overlay nor an add-on.

    Raises:
        OverlayInvalidError: They cannot be read, or Compose cannot use them.
    """
    engine = stack.deps.engine(next(name for name in ENGINES if traits_of(name).takes_overlays))
    record = stack.record
    addons = plan_addons(stack, desired.settings, switched).on
    reviewed = engine.review_overlays(
        provisional_spec(stack.identity, replace(desired, addons=addons), record)
    )
    return reviewed.review if reviewed else None


def check_permitted(review: Review) -> None:
    """Return if nothing is refused.

    Raises:
        OverlayInvalidError: With every permission that nobody may trust.
    """
    refused = review.refused
    if refused:
        first, *others = refused
        raise OverlayInvalidError(first.text, place=first.place, details=[each.sentence for each in others])


def check_trust(project: Path, review: Review, deps: Dependencies, trusted: str | None) -> None:
    """Return if the overlays can do nothing beyond the harmless, or their user trusts them.

    Raises:
        TrustNeededError: Neither is so.
    """
    if not review.permissions:
        warn_of_trust(trusted, NOTHING, deps)
        return
    book = deps.store.trusted_overlays
    if trusted == review.hash:
        book.remember(project, review.hash)
    elif not book.trusts(project, review.hash):
        raise TrustNeededError([each.sentence for each in review.permissions], review.hash, wrong=trusted)
    else:
        warn_of_trust(trusted, f"they are trusted already, with the hash {review.hash}", deps)


def warn_of_trust(trusted: str | None, reason: str, deps: Dependencies) -> None:
    """Warn of a hash that was given for nothing: a pipeline gives it on branches without overlays, too."""
    if trusted is not None:
        warn(deps.reporter, f"`--trust` has no effect: {reason}")
