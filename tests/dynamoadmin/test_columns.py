"""What a column shows: the item's own, or what a method of the options makes of it."""

from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured

from prework.dynamoadmin.options import DynamoAdmin, column
from prework.dynamoadmin.site import DynamoSite


class CarAdmin(DynamoAdmin):
    """Cars, whose fields are named as options are."""

    model = SimpleNamespace
    app_label = "media"
    name = "Car"

    @column("How fast")
    def speed(self, obj: SimpleNamespace) -> str:
        return f"{obj.knots} kn"


CAR = SimpleNamespace(model="T", title="Lizzie", version=3, source="Detroit", name="Ford", knots=9)


@pytest.mark.parametrize("name", ["model", "title", "version", "source", "name"])
def test_a_field_named_as_an_option_is_the_items_own(name: str) -> None:
    admin = CarAdmin(DynamoSite())
    assert admin.value(CAR, name) == getattr(CAR, name)
    assert admin.label(name) == name.capitalize()


def test_a_method_makes_a_column() -> None:
    admin = CarAdmin(DynamoSite())
    assert (admin.label("speed"), admin.value(CAR, "speed")) == ("How fast", "9 kn")


def test_no_column_is_named_as_an_option() -> None:
    def title(self: DynamoAdmin, obj: object) -> str:
        return "never"

    with pytest.raises(ImproperlyConfigured, match="title"):
        column("Title")(title)
