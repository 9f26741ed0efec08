"""The site that browsers visit: a server process with the demo organisation in its store."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from prework.demo import DOMAIN, make_demo
from prework.localaws import LocalAws
from tests.collab.servers import Server, running


class Site:
    """A running product, as `make run` has it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.url
        self.password: str = settings.DEMO_PASSWORD

    def email(self, name: str) -> str:
        """The sign-in of `admin`, `manager`, `member` or `staff` of the demo organisation."""
        return f"{name}@{DOMAIN}"


@contextmanager
def opened(engine: LocalAws) -> Iterator[Site]:
    """A site on the tests' embedded AWS, where a test's own organisations are too."""
    list(make_demo())
    with running(engine) as [server]:
        yield Site(server)
