"""The audit trail in the admin: its entries, its seals, and whether both still fit."""

from audit.admin import seals, trail, verifying
from audit.admin.trail import history, recent_actions

__all__ = ["history", "recent_actions", "seals", "trail", "verifying"]
