"""What people do in a document: apply operations, undo one, and look at what was done."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from collab import queries
from collab.engine.answers import outcome_event
from collab.engine.committed import CommittedOperation
from collab.engine.engines import Engine, run
from collab.engine.inverse import inverse
from collab.engine.marks import Author
from collab.engine.operations import OnConflict, Operation
from collab.engine.outcomes import Applied, Outcome, Rejected
from collab.engine.pages import Place, read_page
from collab.engine.refusals import Code
from collab.engine.sequencer import Sequencer
from collab.errors import HistoryExpired
from prework.errors import NotFound, PermissionDenied, Throttled
from prework.tenancy import Actor
from prework.threads import in_thread

PAGE = 1_000


@dataclass(frozen=True)
class HistoryPage:
    """Operations in order, none missing, and where the document is now."""

    version: int
    operations: list[dict[str, Any]]
    has_more: bool


def apply_operations(
    *, actor: Actor, entity_type: str, entity_id: str, operations: list[Any]
) -> list[dict[str, Any]]:
    """Change a document; each operation is acknowledged or rejected, in order.

    Raises `Throttled` when none of them could be taken now.
    """
    document = queries.access_document(actor, entity_type, entity_id, to_write=True)
    author = Author(actor.user_id, actor.session_id)
    outcomes = run(lambda engine: engine.apply(document.ref, operations, author))
    _check_taken(outcomes)
    return [outcome_event(document.ref, outcome) for outcome in outcomes]


def undo_operation(
    *,
    actor: Actor,
    entity_type: str,
    entity_id: str,
    operation_id: str,
    on_conflict: OnConflict = "overwrite",
) -> dict[str, Any]:
    """Take back what one's own operation did, by a new operation under the same rules.

    To undo one twice is to undo it once; to do it again, undo the undoing operation.
    """
    document = queries.access_document(actor, entity_type, entity_id, to_write=True)

    async def undo(engine: Engine) -> dict[str, Any]:
        with engine.using(document.ref) as opened:
            await opened.refreshed()
            done = await _own(opened, operation_id, actor.user_id)
            author = Author(actor.user_id, actor.session_id)
            undoing = inverse(done, on_conflict=on_conflict)
            outcome = await engine.settle(document.ref, undoing, author)
            if isinstance(outcome, Rejected) and outcome.code is Code.OPERATION_ID_REUSED:
                outcome = await _undone_before(opened, undoing) or outcome
        _check_taken([outcome])
        return outcome_event(document.ref, outcome)

    return run(undo)


def list_operations(
    *, actor: Actor, entity_type: str, entity_id: str, since: int = 0
) -> HistoryPage:
    """What was done in a document after a version: at most 1,000 operations at once."""
    document = queries.access_document(actor, entity_type, entity_id)

    async def read(engine: Engine) -> HistoryPage:
        with engine.using(document.ref) as opened:
            newest = await opened.refreshed()
            version, recent = newest.version, opened.copy.recent
            if since >= version:
                return HistoryPage(version, [], has_more=False)
            if recent.covers(since):
                found = recent.since(since)[: PAGE + 1]
                return _page(version, found)
            end = Place(version, newest.timestamp)
        return _page(version, await in_thread(read_page, document.ref, since, PAGE + 1, end))

    return run(read)


def _page(version: int, found: list[CommittedOperation] | None) -> HistoryPage:
    if found is None:
        raise HistoryExpired
    page = [committed.to_wire() for committed in found[:PAGE]]
    # What was read may be further than where the document was when it was asked.
    return HistoryPage(max(version, found[-1].version), page, has_more=len(found) > PAGE)


def _check_taken(outcomes: Sequence[Outcome]) -> None:
    waits = [one.retry_after for one in outcomes if isinstance(one, Rejected) and one.retry_after]
    if waits and len(waits) == len(outcomes):
        raise Throttled(
            "The document takes no more operations now. Retry after the seconds that "
            "Retry-After names.",
            retry_after=math.ceil(max(waits)),
        )


async def _undone_before(opened: Sequencer, undoing: Operation) -> Applied | None:
    """The undo that was made before, though with another `onConflict`."""
    first = await opened.find(undoing.operation_id)
    if first is None:
        return None
    is_same = replace(undoing, on_conflict=first.operation.on_conflict)
    return Applied(first, is_duplicate=True) if is_same.has_body_of(first.operation) else None


async def _own(opened: Sequencer, operation_id: str, user_id: str) -> CommittedOperation:
    done = await opened.find(operation_id)
    if done is None:
        raise NotFound
    if done.author.user_id != user_id:
        raise PermissionDenied(detail="Only an operation of one's own can be undone.")
    return done
