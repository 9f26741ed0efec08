"""The audit trail in the admin: by user, thing, action, request and time, and what was changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join

from audit import queries
from audit.models import Entry, StaffAct, staff_key
from prework import clock
from prework.dynamo import each, find
from prework.dynamoadmin.filters import Days, Words
from prework.dynamoadmin.options import Asked, Past, column
from prework.dynamoadmin.sources import Source, Start, Stretch
from prework.dynamoadmin.values import as_text, link
from prework.errors import NotFound
from prework.events import CATALOGUE
from prework.ids import moment_of
from prework.staffsite import SEPARATOR, StaffAdmin, acting, site
from prework.tenancy import PLATFORM, Actor, StaffActor

HISTORY_SHOWN = 25
RECENT_SHOWN = 10
REQUEST_SHOWN = 100  # a client may send the id of one request with all of them


@dataclass(frozen=True)
class TrailSource:
    """An organisation's trail as a source: the domain's own list, under a page's budget."""

    actor: Actor
    filters: queries.Filters

    def read(self, start: Start, *, size: int, budget: int) -> Stretch:
        """A page; it is cut where the budget of the list ended."""
        page = queries.list_entries(
            self.actor, filters=self.filters, limit=size, start=start, budget=budget
        )
        is_cut = page.next_start is not None and len(page.items) < size
        return Stretch(page.items, page.next_start, page.read, is_cut)

    def walk(self, *, size: int) -> Iterator[list[Entry]]:
        """All of it; `size` entries are looked at for each part, whether they fit or not."""
        found = queries.walk_entries(self.actor, filters=self.filters, newest_first=True)
        while some := list(islice(found, size)):
            yield [entry for entry in some if entry is not None]


def history(actor: Actor, entity_type: str, entity_id: str, start: Start) -> Stretch:
    """What the trail has of a thing: a `STAFF_HISTORY`."""
    kind, _, name = entity_id.rpartition(SEPARATOR)
    filters = queries.Filters(entity_type=kind or entity_type, entity_id=name)
    page = queries.list_entries(actor, filters=filters, limit=HISTORY_SHOWN, start=start)
    past = [
        Past(one.timestamp, one.user_id, entry_link(one), changes_of(one)) for one in page.items
    ]
    return Stretch(past, page.next_start, len(past))


def recent_actions(staff: StaffActor) -> list[Past]:
    """What a staff person did last, in whatever organisation: a `STAFF_ACTIONS`."""
    rows = each(StaffAct, staff_key(staff.user_id), newest_first=True, page_size=RECENT_SHOWN)
    return [
        Past(one.timestamp, one.organization_id, entry_link(one))
        for one in islice(rows, RECENT_SHOWN)
    ]


def entry_link(entry: Entry | StaffAct) -> Any:
    """A link to an entry's page."""
    admin = site.admin_of("audit.Entry")
    return link(admin.url(entry) if admin else None, f"{entry.action} {entry.entity_id}")


def changes_of(entry: Entry) -> Any:
    """What was before and what is after, one line for each value that differs."""
    old, new = entry.old_values, entry.new_values
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    return format_html_join(
        "",
        '<div><b>{}</b>: <del class="dynamo-old">{}</del> <ins class="dynamo-new">{}</ins></div>',
        ((name, as_text(old.get(name)), as_text(new.get(name))) for name in names),
    )


@site.show
class EntryAdmin(StaffAdmin):
    """Something that was done, or refused."""

    model = Entry
    app_label = "audit"
    entity_type = "audit"
    is_personal = True
    verbose_name = "audit entry"
    verbose_name_plural = "audit trail"
    list_display = ("timestamp", "action", "who", "thing", "outcome", "ip")
    labels = {"audit_id": "Id", "ip": "Address", "impersonator_id": "In their name"}
    days = Days()
    filters = (
        Words("user", "user", note="A user's id."),
        Words("entity_type", "kind of thing", note="With an id: one Query."),
        Words("entity_id", "thing"),
        Words(
            "action",
            "action",
            suggestions=sorted(code.replace(".", "_").upper() for code in CATALOGUE),
        ),
    )
    search_help = (
        "A request's id (in an organisation; its last 100), or an entry's (organisation.time.id)."
    )
    is_newest_first = True
    is_findable = False
    export_columns = (
        "audit_id",
        "timestamp",
        "action",
        "user_id",
        "entity_type",
        "entity_id",
        "outcome",
        "ip",
        "request_id",
        "old_values",
        "new_values",
    )
    fieldsets = (
        (None, ("timestamp", "action", "who", "thing", "outcome", "reason", "impersonator_id")),
        ("What changed", ("difference",)),
        ("From where", ("ip", "user_agent", "session_id", "request")),
        ("More", ("audit_id", "old_values", "new_values")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        chosen = asked.chosen
        since, until = _span(asked.on)
        filters = queries.Filters(
            user_id=chosen["user"],
            action=chosen["action"],
            entity_type=chosen["entity_type"],
            entity_id=chosen["entity_id"],
            since=since,
            until=until,
        )
        return TrailSource(acting(request, asked.scope or ""), filters)

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        if scope is None:
            found = self.find(request, text)
            return [found] if found is not None else []
        return entries_of_request(acting(request, scope), text)

    def find(self, request: HttpRequest, object_id: str) -> Any | None:
        organization_id, _, rest = object_id.partition(SEPARATOR)
        timestamp, _, audit_id = rest.rpartition("_")
        try:
            clock.from_text(timestamp), moment_of(audit_id)
            return find_entry(acting(request, organization_id), timestamp, audit_id)
        except (ValueError, NotFound):
            return None

    def thing_id(self, obj: Any) -> str:
        return f"{obj.timestamp}_{obj.audit_id}"

    def title(self, obj: Any) -> str:
        return f"{obj.action} at {obj.timestamp}"

    def viewed(self, request: HttpRequest, obj: Any) -> None:
        """A look at an entry leaves none: there would be no end to it."""

    @column("Who")
    def who(self, obj: Entry) -> Any:
        """A link to them."""
        admin = site.admin_of("accounts.User")
        object_id = f"{obj.organization_id}{SEPARATOR}{obj.user_id}"
        is_person = admin and obj.organization_id != PLATFORM and obj.user_id != "system"
        return link(admin.url_of(object_id) if admin and is_person else None, obj.user_id)

    @column("Thing")
    def thing(self, obj: Entry) -> Any:
        """A link to the list of all that happened to it."""
        query = {"org": obj.organization_id, "entity_type": obj.entity_type}
        url = self.list_url(**query, entity_id=obj.entity_id)
        return link(url, f"{obj.entity_type} {obj.entity_id}")

    @column("Request")
    def request(self, obj: Entry) -> Any:
        """A link to all that the same request did."""
        url = self.list_url(org=obj.organization_id, q=obj.request_id)
        return link(url, obj.request_id)

    @column("Difference")
    def difference(self, obj: Entry) -> Any:
        """Before and after."""
        return format_html("<div>{}</div>", changes_of(obj))


def entries_of_request(actor: Actor, request_id: str) -> list[Entry]:
    """What one request did, the last `REQUEST_SHOWN` of it."""
    filters = queries.Filters(request_id=request_id)
    page = queries.list_entries(actor, filters=filters, limit=REQUEST_SHOWN, start=None)
    return page.items


def find_entry(actor: Actor, timestamp: str, audit_id: str) -> Entry | None:
    """The entry of this time and id."""
    actor.require("audit.view")
    return find(Entry, *queries.entry_key(actor, timestamp, audit_id))


def _span(on: str | None) -> tuple[datetime | None, datetime | None]:
    """The beginning of a year, month or day, and its end."""
    if on is None:
        return None, None
    parts = [int(part) for part in on.split("-")]
    year, month, day = (*parts, 1, 1)[:3]
    begin = datetime(year, month, day, tzinfo=UTC)
    if len(parts) == 3:
        return begin, begin + timedelta(days=1)
    if len(parts) == 2:
        return begin, datetime(begin.year + begin.month // 12, begin.month % 12 + 1, 1, tzinfo=UTC)
    return begin, datetime(begin.year + 1, 1, 1, tzinfo=UTC)
