"""What is written about the trail, and what proves it: entries, seals, checks."""

from audit.services.bundles import Proof, bundle, prove_entry
from audit.services.exporting import export_entries
from audit.services.findings import Verified
from audit.services.keys import list_public_keys
from audit.services.recording import add_entry, record_export, record_view
from audit.services.sealing import seal_active, seal_organization
from audit.services.storing import Stored, remove_old_exports, store_bundle
from audit.services.verifying import verify_range, verify_trail

__all__ = [
    "Proof",
    "Stored",
    "Verified",
    "add_entry",
    "bundle",
    "export_entries",
    "list_public_keys",
    "prove_entry",
    "record_export",
    "record_view",
    "remove_old_exports",
    "seal_active",
    "seal_organization",
    "store_bundle",
    "verify_range",
    "verify_trail",
]
