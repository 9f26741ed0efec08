"""Run what goes on by itself, until SIGTERM or Ctrl-C. As many of these as you like at once.

With `--once` run one job, or all, now and with a progress bar; with `--list` say how it stands.
"""

import signal
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from tqdm import tqdm

from prework import clock
from prework.checks import refuse_unsafe_production
from prework.jobs import Job
from prework.management.store import StoreCommand
from prework.scheduling.beside import end_with_parent
from prework.scheduling.rows import JobState, known_jobs, list_job_runs
from prework.scheduling.runs import FAILED
from prework.scheduling.scheduler import Scheduler, run_now

ENDINGS = {signal.SIGINT, signal.SIGTERM}


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--once", metavar="JOB", nargs="?", const="", help="run it now, or all")
        group.add_argument("--list", action="store_true", help="how it stands with each job")
        # For who starts it beside a server: it ends when its standard input does.
        group.add_argument("--beside", action="store_true", help="end with the one that began it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refuse_unsafe_production()
            if options["list"]:
                self.stdout.write("\n".join(_lines(list_job_runs())))
            elif options["once"] is not None:
                self._run_once(_named(options["once"]))
            else:
                _run_until_told(is_beside=options["beside"])
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from error

    def _run_once(self, jobs: list[Job]) -> None:
        failed: list[str] = []
        with _noting_signals() as told:
            for job in jobs:
                outcome = run_now(
                    job, is_stopping=lambda: bool(told), show=_bar, wait=_waiting(job)
                )
                self.stdout.write(f"{job.name}: {outcome or 'not begun'}")
                failed += [job.name] if outcome == FAILED else []
        if failed:
            raise CommandError(f"failed: {', '.join(failed)}")


def _run_until_told(*, is_beside: bool) -> None:
    """Signals are waited for, not handled: they interrupt nothing, whenever they come."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    scheduler = Scheduler(known_jobs())
    scheduler.start()
    if is_beside:
        end_with_parent()
    signal.sigwait(ENDINGS)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)  # a second one ends it at once
    scheduler.stop()


@contextmanager
def _noting_signals() -> Iterator[list[int]]:
    told: list[int] = []
    before = {one: signal.signal(one, lambda number, _: told.append(number)) for one in ENDINGS}
    try:
        yield told
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _named(name: str) -> list[Job]:
    known = {job.name: job for job in known_jobs()}
    if name and name not in known:
        raise CommandError(f"there is no job {name}. There are: {', '.join(known)}")
    return [known[name]] if name else list(known.values())


def _bar(things: Iterable[object], what: str) -> Iterable[object]:
    return tqdm(things, desc=what, file=sys.stderr, disable=None)  # none where no terminal is


def _waiting(job: Job) -> Any:
    said: set[str] = set()

    def wait(holder: str) -> None:
        if holder not in said:
            said.add(holder)
            sys.stderr.write(f"{job.name}: {holder} is at it, waiting\n")

    return wait


def _lines(states: list[JobState]) -> Iterator[str]:
    for one in states:
        last = "never ran"
        if one.ended_at is not None:
            failures = f" ({one.error}, {one.failures} in a row)" if one.error else ""
            last = (
                f"{one.outcome}{failures} {clock.to_text(one.ended_at)}, "
                f"took {one.duration_seconds:.1f} s on {one.process}"
            )
        now = f"at work on {one.running_on}" if one.running_on else "next at once"
        if one.next_at is not None and not one.running_on:
            now = f"next {clock.to_text(one.next_at)}"
        yield f"{one.name}  every {one.every}  {last}  {now}"
