"""Look at an installation from the outside in, and say what to do. Exit code 1 if it is not well.

It writes a note to the store and a file to the bucket, and removes them; no mail is sent but by
`--send-to`. No secret is printed.
"""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from prework.doctor.findings import Check, Finding, examine
from prework.doctor.services import sending_to
from prework.management.store import StoreCommand


class Command(StoreCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON array, for a program")
        parser.add_argument("--send-to", metavar="E-MAIL", help="send a mail there, too")

    def handle(self, *args: Any, **options: Any) -> None:
        more: list[Check] = [sending_to(options["send_to"])] if options["send_to"] else []
        findings: list[Finding] = []
        for finding in examine(*more):
            findings.append(finding)
            if not options["json"]:
                self.stdout.write(_line(finding))
        if options["json"]:
            self.stdout.write(json.dumps([asdict(one) for one in findings], indent=2))
        failed = sum(one.status == "fail" for one in findings)
        if failed:
            raise CommandError(f"{failed} of {len(findings)} are not well")


def _line(finding: Finding) -> str:
    advice = f" -> {finding.advice}" if finding.advice else ""
    return f"{finding.status:4}  {finding.check:12}  {finding.detail}{advice}"
