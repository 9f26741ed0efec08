"""The seals of an organisation's trail in the admin, as they stand in the archive."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from audit.services.shelves import Seal, find_seal, list_seals
from prework.dynamoadmin.options import Asked, column
from prework.dynamoadmin.sources import Source, Start, Stretch
from prework.dynamoadmin.values import link
from prework.staffsite import StaffAdmin, acting, site
from prework.tenancy import Actor

DIGITS = 12
GOOD = "good"


@dataclass(frozen=True)
class SealSource:
    """An organisation's seals, newest first."""

    actor: Actor

    def read(self, start: Start, *, size: int, budget: int) -> Stretch:
        """A page of them; the archive is asked for each."""
        before = start["before"] if start else None
        seals = list_seals(actor=self.actor, limit=size, before=before)
        first = seals[-1].sequence if seals else 1
        return Stretch(seals, {"before": first} if first > 1 else None, len(seals))


@site.show
class SealAdmin(StaffAdmin):
    """A window of the trail that was closed and signed."""

    model = Seal
    app_label = "audit"
    entity_type = "seal"
    verbose_name = "seal"
    verbose_name_plural = "seals"
    note = "By itself, each: whether one goes on from the other, and entries fit, verifying says."
    list_display = ("sequence", "window", "entry_count", "state", "root")
    labels = {"sequence": "Number", "entry_count": "Entries"}
    is_newest_first = True
    is_findable = False
    fieldsets = (
        (None, ("sequence", "state", "window", "day", "entry_count", "sealed_at")),
        ("Proof", ("root", "previous_digest", "digest_hash", "leaves", "key_id", "signature")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        return SealSource(acting(request, asked.scope or ""))

    def access(self, actor: Actor, thing_id: str) -> Seal | None:
        is_number = thing_id.isascii() and thing_id.isdigit() and len(thing_id) <= DIGITS
        return find_seal(actor=actor, sequence=int(thing_id)) if is_number else None

    def thing_id(self, obj: Seal) -> str:
        return str(obj.sequence)

    def title(self, obj: Seal) -> str:
        return self.thing_id(obj)

    def viewed(self, request: HttpRequest, obj: Any) -> None:
        """There is nothing of anybody in it."""

    def tools(self, request: HttpRequest, obj: Seal) -> list[tuple[str, str]]:
        """To verify its window."""
        query = {"org": obj.organization_id}
        if obj.digest:
            query |= {"since": obj.digest.window_start, "until": obj.digest.window_end}
        return [(site.with_query(reverse("admin:verify"), query), "Verify")]

    def value(self, obj: Seal, name: str) -> Any:
        """What its digest has, where it is no column of ours."""
        found = super().value(obj, name)
        return getattr(obj.digest, name, None) if found is None else found

    @column("Window")
    def window(self, obj: Seal) -> str:
        """From when until when."""
        return f"{obj.digest.window_start} – {obj.digest.window_end}" if obj.digest else ""

    @column("State")
    def state(self, obj: Seal) -> str:
        """Whether it is well signed and as it was put."""
        return obj.flaw or GOOD

    @column("Entries of its day")
    def day(self, obj: Seal) -> Any:
        """A link to them."""
        admin = site.admin_of("audit.Entry")
        if admin is None or obj.digest is None:
            return None
        on = obj.digest.window_start[:10]
        return link(admin.list_url(org=obj.organization_id, on=on), on)

    @column("Hash")
    def digest_hash(self, obj: Seal) -> str | None:
        """What the next one names."""
        return obj.digest.hash if obj.digest else None

    @column("Leaves")
    def leaves(self, obj: Seal) -> str | None:
        """The hash of the file that lists them."""
        return obj.digest.leaves_sha256 if obj.digest else None
