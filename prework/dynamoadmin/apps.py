"""The stock admin's pages without its SQL models, and this package's own."""

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig
from django.utils.module_loading import autodiscover_modules


class StockAdmin(SimpleAdminConfig):
    """`django.contrib.admin` for its templates, static files, tags and translations alone."""

    default = False

    def import_models(self) -> None:
        # Its one model, LogEntry, is a table of SQL, and asks for auth and contenttypes.
        self.models: dict[str, type] = {}
        self.models_module = None

    def ready(self) -> None:
        """Its checks ask for auth, contenttypes and sessions: there is nothing to check."""


class DynamoAdminConfig(AppConfig):
    """This package's templates and static files."""

    default = True
    name = "prework.dynamoadmin"
    label = "dynamoadmin"

    def ready(self) -> None:
        """Every app's `admin` module says what has pages, as in a stock project."""
        autodiscover_modules("admin")
