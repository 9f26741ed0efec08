"""What the admin calls this domain."""

from django.apps import AppConfig


class CollabConfig(AppConfig):
    """Documents, and working on them together."""

    name = "collab"
    verbose_name = "Documents"
