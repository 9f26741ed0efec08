"""`manage.py doctor`: an installation from the outside in, and what to do where it is not well.

The setting `DOCTOR` names the checks: each a function without arguments that gives findings.
"""
