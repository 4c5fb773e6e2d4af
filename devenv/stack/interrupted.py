"""Notes in the state directory that data is being copied, and clears what a devenv that was killed has left.

Whoever takes the lock of a stack finds the note of one that was killed: nobody else can be at work then.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from devenv.errors import DevenvError, PrerequisiteError
from devenv.events import warn
from devenv.files.atomic import read_if_there
from devenv.files.strict import StrictModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devenv.engines.protocol import StackIdentity
    from devenv.project.state import StackStore
    from devenv.stack.dependencies import Dependencies

NOTE = "copying.json"


class Copying(StrictModel):
    """On which engine data is saved or restored, with the `image` of its database.

    `versions` are those that worked on the copy which is restored. Of a database alone, without what lists
    its workflows, visibility `is_outdated` afterwards. From when it `is_replacing` on, the data may be the
    copy's.
    """

    engine: str
    image: str | None = None
    versions: Mapping[str, str] = Field(default_factory=dict)
    is_outdated: bool = False
    is_replacing: bool = False


@contextmanager
def noted(copying: Copying, stack: StackIdentity, deps: Dependencies) -> Iterator[None]:
    """Have it noted, as long as the block runs, that the data of `stack` is being copied.

    The note stays where the engine could not clear up behind itself: it is away, or devenv was interrupted.
    """
    note(copying, stack, deps.store)
    try:
        yield
    except DevenvError as error:
        if not isinstance(error, PrerequisiteError):
            deps.store.remove_secret(stack.name, NOTE)
        raise
    deps.store.remove_secret(stack.name, NOTE)


def note(copying: Copying, stack: StackIdentity, store: StackStore) -> None:
    """Have this noted from now on, while what `noted` keeps is under way."""
    store.write_secret(stack.name, NOTE, copying.model_dump_json())


def is_interrupted(stack: StackIdentity, store: StackStore) -> bool:
    """Whether a devenv that copied data of `stack` has ended before its time, or still does it."""
    return (store.directory(stack.name) / NOTE).exists()


def settle(stack: StackIdentity, deps: Dependencies) -> None:
    """Clear what an interrupted copy has left, for who has the lock of `stack`.

    A server that was held goes on, half of a snapshot is deleted, and the data is that of before, or that of
    the copy if it was complete. With an engine that is away this waits for another command.
    """
    store = deps.store
    content = read_if_there(store.directory(stack.name) / NOTE)
    if content is None:
        return
    store.snapshots.discard(stack.name)
    try:
        copying = Copying.model_validate_json(content)
    except ValidationError:
        store.remove_secret(stack.name, NOTE)
        return
    try:
        is_restored = deps.engine(copying.engine).settle_data(stack, copying.image)
    except PrerequisiteError:
        return
    now = "the data is as it was"
    if is_restored:
        forget_what_was(stack, copying, store)
        now = "the restore that it had begun is finished"
    elif copying.is_replacing:
        # Killed when the restore had just ended, it has left nothing to finish, as if there had been none.
        forget_what_was(stack, copying, store, is_certain=False)
        now = "the data is as it was, or that of the restore if it had just ended"
    store.remove_secret(stack.name, NOTE)
    warn(deps.reporter, f"a devenv that copied data of the stack {stack.name} was interrupted: {now}")


def forget_what_was(
    stack: StackIdentity, copying: Copying, store: StackStore, *, is_certain: bool = True
) -> None:
    """Have the record, where there is one, say of the data what holds for a copy that was restored.

    Unless it `is_certain` that it was, have it say only what holds for both: the rest is learned anew, and an
    index that is made anew without need is the same.
    """
    record = store.load(stack.name)
    if record is None:
        return
    clusters = {name: cluster for name, cluster in record.clusters.items() if name != copying.engine}
    shards = {name: count for name, count in record.history_shards.items() if name != copying.engine}
    changed: dict[str, object] = {"clusters": clusters, "history_shards": shards}
    if is_certain:
        changed["proof"] = None
        changed["data_versions"] = {**record.data_versions, **copying.versions}
        changed["visibility_outdated"] = copying.is_outdated
    else:
        changed["visibility_outdated"] = record.visibility_outdated or copying.is_outdated
    store.save(record.model_copy(update=changed))
