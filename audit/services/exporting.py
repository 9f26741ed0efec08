"""Taking the trail away: whoever does is in it themself."""

from collections.abc import Iterator

from audit import queries
from audit.events import AuditExported
from audit.models import Entry
from audit.queries import Filters
from prework import clock
from prework.changes import Change
from prework.tenancy import Actor


def export_entries(
    *, actor: Actor, filters: Filters, export_format: str
) -> Iterator[Entry | None]:
    """Every entry that fits, oldest first, up to now. Needs `audit.export`.

    That it was exported is in the trail before the first of them is read. `None` stands for one
    that was read and does not fit.
    """
    filters = filters.ended()
    entries = queries.walk_entries(actor, filters=filters, needs="audit.export")
    record_taking(actor=actor, filters=filters, export_format=export_format)
    return entries


def record_taking(
    *, actor: Actor, filters: Filters, export_format: str, kept_as: str | None = None
) -> None:
    """That somebody takes this away, before they do."""
    with Change(actor=actor) as change:
        new_values = {"format": export_format, **filters.asked, **_times(filters)}
        if kept_as:
            new_values["key"] = kept_as
        change.record(AuditExported(entity_id=actor.organization_id, new_values=new_values))


def _times(filters: Filters) -> dict[str, str]:
    given = {"from": filters.since, "to": filters.until}
    return {name: clock.to_text(moment) for name, moment in given.items() if moment}
