"""Organisations in the admin, and how every other list finds the one that it is within."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.http import HttpRequest

from accounts import queries, services
from accounts.models import METADATA, Organization, organization_key
from prework.dynamo import find
from prework.dynamoadmin.options import Asked, DynamoAdmin, Inline, column
from prework.dynamoadmin.sources import Query, Source
from prework.dynamoadmin.values import link
from prework.staffsite import (
    ORGANIZATION,
    SEPARATOR,
    ReasonedForm,
    StaffAdmin,
    WireField,
    label_of,
    site,
)
from prework.tenancy import Actor
from prework.wire import Name

SUGGESTED = 12


class OrganizationForm(ReasonedForm):
    """What staff may change of an organisation. Whom it lets in is its own to say."""

    name = WireField(Name())
    field_order = ("name", "reason")


def named(text: str, most: int = SUGGESTED) -> list[Organization]:
    """Organisations whose name begins so, by name; or the one with this id."""
    by_id = find(Organization, organization_key(text), METADATA) if text else None
    begins = Organization.gsi2sk.startswith(text.casefold()) if text else None
    query = Query(Organization, "ORGS", index="GSI2", sort=begins)
    found = query.read(None, size=most, budget=most + 1).items
    return [by_id, *found] if by_id is not None else found


def suggest(text: str) -> list[tuple[str, str]]:
    """Organisations by their names, as a list that asks for one shows them."""
    return [(one.organization_id, label_of(one.name, one.organization_id)) for one in named(text)]


def label(organization_id: str) -> str:
    """What an organisation is called."""
    found = find(Organization, organization_key(organization_id), METADATA)
    return label_of(found.name if found else "unknown", organization_id)


def lists_within(request: HttpRequest) -> list[DynamoAdmin]:
    """The kinds of things that an organisation has."""
    admins = (one for one in site.admins if isinstance(one, StaffAdmin) and one.is_listed_within)
    return [one for one in admins if one.may(request, "view")]


@site.show
class OrganizationAdmin(StaffAdmin):
    """An organisation, and the way to what it has."""

    model = Organization
    app_label = "accounts"
    entity_type = "organization"
    verbose_name = "organisation"
    verbose_name_plural = "organisations"
    is_listed_within = False
    list_display = ("__str__", "organization_id", "is_active", "admins", "created_at")
    labels = {"__str__": "Name", "organization_id": "Id", "admins": "Admins who can sign in"}
    search_help = "The beginning of a name, or an id."
    order_column = "__str__"
    export_columns = ("organization_id", "name", "is_active", "admins", "created_at")
    fieldsets = (
        (None, ("name", "organization_id", "is_active", "support_access", "reason")),
        ("More", ("admins", "created_at", "updated_at", "version")),
    )

    def source(self, request: HttpRequest, asked: Asked) -> Source:
        return Query(Organization, "ORGS", index="GSI2", newest_first=asked.newest_first)

    def search(self, request: HttpRequest, text: str, scope: str | None) -> Iterable[Any]:
        return named(text, self.page_size)

    def access(self, actor: Actor, thing_id: str) -> Any:
        return queries.access_organization(actor)

    def find(self, request: HttpRequest, object_id: str) -> Any | None:
        if SEPARATOR in object_id:
            return None
        return super().find(request, f"{object_id}{SEPARATOR}{object_id}")

    def object_id(self, obj: Any) -> str:
        return str(obj.organization_id)

    def form(self, request: HttpRequest, obj: Any) -> type[forms.Form]:
        return OrganizationForm

    def save(self, request: HttpRequest, obj: Any, changed: dict[str, Any]) -> None:
        actor = self.editor(request, obj, changed.pop("reason"))
        services.update_organization(actor=actor, **changed)

    @property
    def inlines(self) -> tuple[Inline, ...]:  # type: ignore[override]
        """What it has, one list for each kind."""
        columns = (("List", self._link),)
        return (
            Inline(
                "In this organisation",
                columns,
                lambda request, obj: [(one, obj) for one in lists_within(request)],
            ),
        )

    @staticmethod
    @column("List")
    def _link(row: tuple[DynamoAdmin, Organization]) -> Any:
        admin, organization = row
        url = admin.list_url(**{ORGANIZATION: organization.organization_id})
        return link(url, admin.opts.verbose_name_plural.capitalize())


def organization_link(organization_id: str) -> Any:
    """A link to an organisation's page."""
    admin = site.admin_of("accounts.Organization")
    return link(admin.url_of(organization_id) if admin else None, organization_id)
