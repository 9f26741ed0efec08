"""What a document holds: now, as of an older version, and who set what in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from collab import queries
from collab.engine.blame import blame as blame_of
from collab.engine.committed import CommittedOperation
from collab.engine.engines import Engine, run
from collab.engine.inverse import content_at
from collab.engine.replica import Replica
from collab.engine.sequencer import Sequencer
from collab.engine.timestamps import timestamp_text
from collab.errors import HistoryExpired
from collab.models import Document
from prework.errors import NotFound
from prework.tenancy import Actor


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """A document with what it holds, at one version."""

    document: Document
    version: int
    epoch: str
    content: dict[str, Any]
    last_modified: str
    modified_by: str
    blame: dict[str, Any] | None = None

    @property
    def etag(self) -> str:
        return f'"{self.version}-{self.epoch}"'


def read_document(
    *,
    actor: Actor,
    entity_type: str,
    entity_id: str,
    version: int | None = None,
    blame: bool = False,
) -> DocumentView:
    """A document as it is, with the blame if asked for, or as of a version still in history."""
    document = queries.access_document(actor, entity_type, entity_id)

    async def read(engine: Engine) -> DocumentView:
        with engine.using(document.ref) as opened:
            replica = await opened.refreshed()
            if version is None or version == replica.version:
                return _newest(document, opened, with_blame=blame)
            return await _older(document, opened, version)

    return run(read)


def _newest(document: Document, opened: Sequencer, *, with_blame: bool) -> DocumentView:
    replica = opened.copy.current
    return DocumentView(
        document=document,
        version=replica.version,
        epoch=replica.epoch,
        content=replica.content(),
        last_modified=timestamp_text(replica.timestamp),
        modified_by=opened.copy.modified_by,
        blame=blame_of(replica, document.entity_id) if with_blame else None,
    )


async def _older(document: Document, opened: Sequencer, version: int) -> DocumentView:
    if version > opened.copy.current.version:
        raise NotFound
    replica, operations = await _replica_and_log(opened, version)
    newest_first = [one for one in reversed(operations) if one.version > version]
    content = content_at(replica, newest_first, version)
    modified_at, modified_by = _author_of(operations, version, document)
    return DocumentView(
        document=document,
        version=version,
        epoch=replica.epoch,
        content=content,
        last_modified=modified_at,
        modified_by=modified_by,
    )


async def _replica_and_log(
    opened: Sequencer, version: int
) -> tuple[Replica, list[CommittedOperation]]:
    """The replica, and the log from a version up to just that replica, while others write on."""
    while True:
        log = await opened.history(max(version - 1, 0)) or await opened.history(version)
        if log is None:
            raise HistoryExpired
        replica, known = await opened.opened(), log[-1].version if log else version
        if known <= replica.version and opened.copy.recent.covers(known):
            return replica, [*log, *opened.copy.recent.since(known)]


def _author_of(
    operations: Sequence[CommittedOperation], version: int, document: Document
) -> tuple[str, str]:
    """Who made a version and when; where that is not kept any more, who made the document."""
    if operations[0].version == version:
        return timestamp_text(operations[0].at), operations[0].author.user_id
    return document.created_at, document.created_by
