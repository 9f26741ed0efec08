"""The settings of a process that does chores."""

import os

from prework.settings import *  # noqa: F403  all of them
from prework.settings import UNAUDITED as OURS

JOBS = [f"tests.prework.chores.{os.environ['CHORE_JOB']}"]
UNAUDITED = [*OURS, "tests.prework.chores.Note"]
