#!/usr/bin/env python
"""Django's command line for prework."""

import os
import sys

from django.core.management import execute_from_command_line

from prework import logs, metrics

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prework.settings")
    with metrics.sending(), logs.running(command=" ".join(sys.argv[1:2])):
        execute_from_command_line(sys.argv)
