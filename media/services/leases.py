"""A picture is rendered by one process at a time, and an image that was refused not again at once.

A lease spares work and guards nothing: two that render the same picture write the same bytes. So
clocks may differ, and one whose holder died is over in seconds.
"""

from typing import Any

import structlog

from media.engine.variants import Variant
from media.errors import ImageTooLarge, ImageUnreadable, NotAnImage
from media.models import Media, RenditionRow, rendition_key, version_digest
from prework import clock, ids, ledger
from prework.dynamo import fetch
from prework.errors import Problem, StorageUnavailable
from prework.tenancy import Actor, key

LEASE_SECONDS = 10
REFUSED_SECONDS = 300
KEPT_SECONDS = 60  # the row, after it has no meaning
REFUSALS: dict[str, type[Problem]] = {
    "not_an_image": NotAnImage,
    "too_large": ImageTooLarge,
    "unreadable": ImageUnreadable,
}
log = structlog.get_logger(__name__)


class Lease:
    """This process's hold on a picture, when it has it."""

    def __init__(self, actor: Actor, media: Media, variant: Variant) -> None:
        self._pk = rendition_key(actor, media.file_id)
        self._of_image = key(version_digest(media))
        self._of_picture = key(version_digest(media), variant.name)
        self._id = ids.new_id()

    def take(self) -> bool:
        """Have it, unless somebody else has. Raises the problem that was refused lately."""
        rows: list[RenditionRow | None] = fetch(
            (RenditionRow, self._pk, self._of_image), (RenditionRow, self._pk, self._of_picture)
        )
        for row in rows:
            if row is not None and row.until > _now() and row.refusal:
                raise REFUSALS.get(row.refusal, ImageUnreadable)
        return self._is_free(rows[1]) and self._put()

    def give_back(self) -> None:
        """Have it no more. Where the store does not answer, it runs out."""
        try:
            ledger.take(RenditionRow, self._pk, self._of_picture, RenditionRow.held_by == self._id)
        except StorageUnavailable:
            log.info("lease_left", lease=self._of_picture)

    def refuse(self, refusal: str, *, whole_image: bool) -> Problem:
        """Remember that this picture was refused, or any of the image; the problem to raise."""
        place = self._of_image if whole_image else self._of_picture
        try:
            ledger.put(self._row(place, REFUSED_SECONDS, refusal=refusal))
        except StorageUnavailable:
            log.info("refusal_forgotten", image=place)
        return REFUSALS.get(refusal, ImageUnreadable)()

    def _is_free(self, row: RenditionRow | None) -> bool:
        return row is None or row.until <= _now()

    def _put(self) -> bool:
        is_free = RenditionRow.pk.does_not_exist() | (RenditionRow.until <= _now())
        mine = self._row(self._of_picture, LEASE_SECONDS, held_by=self._id)
        return ledger.put(mine, is_free | (RenditionRow.held_by == self._id), is_repeatable=True)

    def _row(self, sk: str, seconds: int, **values: Any) -> RenditionRow:
        until = _now() + seconds * 1000
        expires_at = until // 1000 + KEPT_SECONDS
        return RenditionRow(self._pk, sk, until=until, expires_at=expires_at, **values)


def _now() -> int:
    return int(clock.now().timestamp() * 1000)
