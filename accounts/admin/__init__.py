"""Accounts in the admin: how staff sign in, and the pages of organisations and users."""

from accounts.admin import impersonation, organizations, sign_in, staff, users

__all__ = ["impersonation", "organizations", "sign_in", "staff", "users"]
