"""Files in the admin: whose, of what, whether they can be had; what is in quarantine; quotas."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html

from media import queries, services
from media.models import (
    QUARANTINED,
    Media,
    Quota,
    entity_key,
    quarantine_key,
    quotas_key,
    user_key,
)
from prework.dynamoadmin.actions import Action
from prework.dynamoadmin.filters import Choice, Words
from prework.dynamoadmin.options import Asked, Inline, column
from prework.dynamoadmin.sources import Listed, Query, Source
from prework.dynamoadmin.values import link
from prework.errors import NotFound
from prework.staffsite import ReasonedForm, StaffAdmin, acting, site
from prework.tenancy import Actor

SHOWN = 20
QUARANTINE = Choice(
    "in", "where", [(QUARANTINED, "In quarantine")], note="All of an organisation's."
)
GIB = 1024**3
MOST_GIB = 10 * 1024**2
USER = Words("user", "user", note="A user's id: what they uploaded.")
ENTITY_TYPE = Choice("type", "kind of thing", [(one, one) for one in settings.ENTITY_DOORS])
ENTITY = Words("thing", "thing", note="With its kind: the files of this checklist, team, user.")


def files_of(entity_type: str) -> Any:
    """The newest files of a thing of this type."""

    def rows(request: HttpRequest, obj: Any) -> Sequence[Media]:
        actor = acting(request, obj.organization_id)
        pk = entity_key(actor, entity_type, getattr(obj, f"{entity_type}_id"))
        query = Query(Media, pk, index="GSI2", newest_first=True)
        return query.read(None, size=SHOWN, budget=SHOWN + 1).items

    return rows


def file_link(media: Media) -> Any:
    """A link to a file's page."""
    admin = site.admin_of("media.Media")
    return link(admin.url(media) if admin else None, media.file_name)


@site.show
class MediaAdmin(StaffAdmin):
    """An uploaded file, or an upload that was begun."""

    model = Media
    app_label = "media"
    entity_type = "media"
    verbose_name = "file"
    verbose_name_plural = "files"
    note = "A list is of a user's files, a thing's, or the quarantine's: choose one beside it."
    list_display = (
        "file_name",
        "thumbnail",
        "upload_status",
        "finding",
        "mime_type",
        "file_size",
        "owner",
        "created_at",
    )
    labels = {"file_id": "Id", "upload_status": "Status", "s3_key": "Key", "owner": "Belongs to"}
    filters = (QUARANTINE, USER, ENTITY_TYPE, ENTITY)
    search_help = "An id (organisation.file), or in an organisation the file's own id."
    order_column = "created_at"
    is_newest_first = True
    export_columns = (
        "file_id",
        "file_name",
        "mime_type",
        "file_size",
        "owner",
        "user_id",
        "upload_status",
        "finding",
        "created_at",
        "completed_at",
    )
    fieldsets = (
        (None, ("file_name", "file_id", "owner", "user_id", "upload_status", "finding")),
        ("Bytes", ("thumbnail", "download")),
        ("Object", ("s3_key", "s3_version_id", "mime_type", "file_size", "checksum_sha256")),
        ("More", ("created_at", "completed_at", "version")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        actor = acting(request, asked.scope or "")
        where, user, kind, thing = (asked.chosen[name] for name in ("in", "user", "type", "thing"))
        newest_first = asked.newest_first
        if where:
            pk = quarantine_key(actor)
            return Query(Media, pk, index="GSI2", newest_first=newest_first)
        if user:
            pk = user_key(actor, user)
            return Query(Media, pk, index="GSI1", newest_first=newest_first)
        if kind and thing:
            pk = entity_key(actor, kind, thing)
            return Query(Media, pk, index="GSI2", newest_first=newest_first)
        return Listed([])

    def access(self, actor: Actor, thing_id: str) -> Any:
        media = queries.find_media(actor, thing_id)
        if media is None:
            raise NotFound
        return media

    def thing_id(self, obj: Any) -> str:
        return str(obj.file_id)

    def title(self, obj: Any) -> str:
        return str(obj.file_name)

    @column("Belongs to")
    def owner(self, obj: Media) -> str:
        """The thing."""
        return f"{obj.entity_type} {obj.entity_id}"

    @column("Download")
    def download(self, obj: Media) -> Any:
        """A short-lived link, to what is given out at all."""
        return link(obj.download_url, "Open") if obj.is_completed else None

    @column("Picture")
    def thumbnail(self, obj: Media) -> Any:
        """A small one, of an image."""
        url = obj.thumbnail_url
        return (
            format_html('<img src="{}" alt="" height="60" loading="lazy">', url) if url else None
        )

    def actions(self, request: HttpRequest) -> Sequence[Action]:
        return (
            Action(
                "remove",
                "Remove",
                self._remove,
                is_for=lambda media: media.is_completed,
                is_dangerous=True,
                explanation="Record and bytes go for good. It cannot be undone.",
            ),
            Action(
                "release",
                "Release from quarantine",
                self._release,
                is_for=_is_quarantined,
                is_dangerous=True,
                explanation="It becomes a file that all may have who may read what it belongs to.",
            ),
            Action(
                "remove_quarantined",
                "Remove from quarantine",
                self._remove_quarantined,
                is_for=_is_quarantined,
                is_dangerous=True,
                explanation="Record and bytes go for good. It cannot be undone.",
            ),
        )

    def _remove(self, request: HttpRequest, media: Media, reason: str) -> None:
        actor = self.actor(request, media, reason)
        services.delete_media(actor=actor, file_id=media.file_id)

    def _release(self, request: HttpRequest, media: Media, reason: str) -> None:
        actor = self.actor(request, media, reason)
        services.release_media(actor=actor, file_id=media.file_id)

    def _remove_quarantined(self, request: HttpRequest, media: Media, reason: str) -> None:
        actor = self.actor(request, media, reason)
        services.remove_quarantined(actor=actor, file_id=media.file_id)


def _is_quarantined(media: Media) -> bool:
    return media.upload_status == QUARANTINED


class QuotaForm(ReasonedForm):
    """What staff grant."""

    granted_gib = forms.IntegerField(
        label="Granted",
        min_value=-MOST_GIB,
        max_value=MOST_GIB,
        help_text="Beside the default, in GiB: more, or with a minus less.",
    )
    field_order = ("granted_gib", "reason")


@site.show
class QuotaAdmin(StaffAdmin):
    """How many bytes an organisation or one of its users holds, and may hold."""

    model = Quota
    app_label = "media"
    entity_type = "quota"
    verbose_name = "quota"
    is_findable = False  # whose it is, is found
    note = "The organisation's own first. Who has never uploaded anything is found by their id."
    list_display = ("__str__", "owner", "held", "limit", "granted")
    labels = {"__str__": "Of", "owner": "Whose", "granted_gib": "Granted"}
    search_help = "A user's id, or the organisation's."
    export_columns = ("owner", "user_id", "held_bytes", "limit_bytes", "granted_bytes")
    fieldsets = (
        (None, ("owner", "page", "held", "limit", "granted_gib", "reason")),
        ("More", ("held_bytes", "limit_bytes", "granted_bytes", "moves")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        return Query(Quota, quotas_key(acting(request, asked.scope or "")))

    def access(self, actor: Actor, thing_id: str) -> Any:
        return queries.access_quota(actor, thing_id)

    def thing_id(self, obj: Any) -> str:
        return str(obj.user_id or obj.organization_id)

    def title(self, obj: Any) -> str:
        return self.thing_id(obj)

    @column("Page")
    def page(self, obj: Quota) -> Any:
        """A link to whose it is."""
        admin = site.admin_of("accounts.User" if obj.user_id else "accounts.Organization")
        object_id = self.object_id(obj) if obj.user_id else str(obj.organization_id)
        return link(admin.url_of(object_id) if admin else None, self.thing_id(obj))

    @column("Held")
    def held(self, obj: Quota) -> str:
        """How much there is."""
        return filesizeformat(obj.held_bytes)

    @column("Limit")
    def limit(self, obj: Quota) -> str:
        """How much there may be."""
        return "None" if obj.limit_bytes is None else filesizeformat(obj.limit_bytes)

    @column("Granted beside the default")
    def granted(self, obj: Quota) -> str:
        """What staff said."""
        return filesizeformat(obj.granted_bytes)

    @column("Granted (GiB)")
    def granted_gib(self, obj: Quota) -> int:
        """The same, as the form has it."""
        return int(obj.granted_bytes) // GIB

    def version(self, obj: Any) -> str:
        return str(int(obj.granted_bytes))

    def form(self, request: HttpRequest, obj: Any) -> type[forms.Form]:
        return QuotaForm

    def save(self, request: HttpRequest, obj: Any, changed: dict[str, Any]) -> None:
        actor = self.editor(request, obj, changed.pop("reason"))
        for gib in changed.values():
            services.grant_quota(actor=actor, owner_id=self.thing_id(obj), granted_bytes=gib * GIB)


for label, kind in (("accounts.User", "user"), ("teams.Team", "team")):
    columns = (("File", file_link), ("Type", lambda one: one.mime_type))
    site.add_inline(label, Inline("Files", columns, files_of(kind)))
