"""What a seal is made of, as pure arithmetic: no store, no clock, no settings, no Django.

`python -m audit.offline` runs on this, the standard library, `cryptography` and `rfc8785` alone.
"""
