"""What is written about the trail: entries themselves, and that staff looked."""

from audit.services.recording import add_entry, record_export, record_view

__all__ = ["add_entry", "record_export", "record_view"]
