"""What is written about the trail: entries themselves, and that somebody looked or took a copy."""

from audit.services.exporting import export_entries
from audit.services.recording import add_entry, record_export, record_view

__all__ = ["add_entry", "export_entries", "record_export", "record_view"]
