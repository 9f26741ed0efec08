"""`python -m bench.seal`: seal a trail while it is written, and a large one late; check both."""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from audit import offline, services
from audit.engine.keys import to_pem
from audit.services.keys import signer
from audit.services.windows import closed_until
from bench.seal.crowd import fill
from bench.seal.writers import write_while_sealing
from prework import clock
from prework.ids import new_id
from prework.jobs import Turn
from prework.localaws import LocalAws
from prework.tenancy import Actor, system_actor
from tests.calls import watching


def main() -> None:
    """Write, seal and check; say what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.seal", description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000, help="written while it is sealed")
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--large", type=int, default=200_000, help="entries of the large trail")
    parser.add_argument("--days", type=int, default=20, help="that it is spread over")
    options = parser.parse_args()
    with LocalAws(memory=True) as aws:
        settings.AWS_ENDPOINT_URL = aws.endpoint_url
        os.environ["AWS_ACCESS_KEY_ID"] = aws.access_key
        os.environ["AWS_SECRET_ACCESS_KEY"] = aws.secret_key
        django.setup()
        call_command("aws_bootstrap", verbosity=0)
        if options.entries:
            _write_and_seal(options.entries, options.writers)
        if options.large:
            _at_size(options.large, options.days)


def _organization() -> Actor:
    return system_actor(new_id()).holding({"audit.view", "audit.export"})


def _write_and_seal(entries: int, writers: int) -> None:
    done = write_while_sealing(_organization(), entries=entries, writers=writers)
    _say(
        f"{done.acknowledged} entries by {writers} writers in {done.seconds:.0f} s, "
        f"{done.refused} refused; {done.digests_meanwhile} digests meanwhile, "
        f"{done.digests} in all"
    )
    found = done.found
    _say(
        f"checked {found.entries_checked} entries and {found.digests_checked} digests: "
        f"{found.problem_count} problems, {found.unsealed} unsealed"
    )


def _at_size(entries: int, days: int) -> None:
    actor = _organization()
    begin = fill(actor, entries=entries, days=days)
    _say(f"a trail of {entries} entries over {days} days")
    until = closed_until(clock.now())
    with _measured("sealed late"):
        made = services.seal_organization(actor=actor, until=until, turn=Turn())
    _say(f"  {made} digests")
    with _measured("verified"):
        found = services.verify_trail(actor=actor, now=clock.now(), since=begin)
    _say(f"  {found.entries_checked} entries, {found.problem_count} problems")
    with tempfile.TemporaryDirectory() as folder:
        file, key = Path(folder) / "bundle.jsonl", Path(folder) / "key.pem"
        key.write_text(to_pem(signer().public_key))
        with _measured("bundled"), file.open("wb") as opened:
            opened.writelines(services.bundle(actor=actor))
        _say(f"  {file.stat().st_size / 2**20:.0f} MiB")
        with _measured("checked away from home"):
            offline.main([str(file), "--public-key", str(key)])


@contextmanager
def _measured(what: str) -> Iterator[None]:
    before, began = _peak_mib(), time.perf_counter()
    with watching() as calls:
        yield
    seconds = time.perf_counter() - began
    _say(
        f"{what}: {seconds:.1f} s, {len(calls.dynamodb)} calls to DynamoDB and {len(calls.s3)} to "
        f"S3, the process's peak grew by {_peak_mib() - before:.0f} MiB"
    )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
