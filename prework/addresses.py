"""E-mail addresses: one form to compare by, whatever was typed."""

import unicodedata

from django.utils.crypto import salted_hmac
from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from prework.errors import FieldError, ValidationFailed


def parse(address: str, field: str = "email") -> tuple[str, str]:
    """An address as it is shown, and as it is compared. Raises `ValidationFailed`."""
    try:
        valid = _validate(address)
    except EmailNotValidError as error:
        raise ValidationFailed([FieldError(field, "invalid", str(error))]) from None
    return valid.normalized, _comparable(valid)


def normalise(address: str) -> str | None:
    """The form by which an address is compared; `None` for what cannot be one."""
    try:
        return _comparable(_validate(address))
    except EmailNotValidError:
        return None


def fingerprint(address: str) -> str:
    """A keyed digest of an address, or of whatever was typed for one: it shows nothing."""
    text = normalise(address) or _folded(address)
    return salted_hmac("prework.accounts.address", text, algorithm="sha256").hexdigest()


def _validate(address: str) -> ValidatedEmail:
    text = unicodedata.normalize("NFKC", address).strip()
    return validate_email(text, check_deliverability=False, test_environment=True)


def _comparable(valid: ValidatedEmail) -> str:
    return f"{_folded(valid.local_part)}@{(valid.ascii_domain or '').lower()}"


def _folded(text: str) -> str:
    """Case and compatibility forms gone (Unicode's caseless matching, D146)."""
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    return unicodedata.normalize("NFKC", folded)
