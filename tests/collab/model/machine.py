"""The machine that hypothesis drives: what may happen, in any order."""

import sys
from contextlib import ExitStack
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.cast import Person
from tests.collab.model import checks, quiet
from tests.collab.model.clients import Client
from tests.collab.model.faults import FAULTS
from tests.collab.model.habits import habits
from tests.collab.model.wanting import Wanted, body_of, wanted
from tests.collab.model.wishes import Wish
from tests.collab.model.world import World

clients = st.integers(0, 2)
servers = st.integers(0, 1)
picks = st.integers(0, 9)
# After five seconds a server folds its log into the nodes, after fifteen another does.
seconds = st.sampled_from((0.0, 1.0, 6.0, 20.0))
versions = st.lists(st.integers(0, 1_000), max_size=2)
faults = st.sampled_from(("",) * 8 + FAULTS)


class Collaboration(RuleBasedStateMachine):
    """Three clients, two servers, one document.

    A rule that does not apply does nothing: hypothesis wants to know of its choices beforehand.
    """

    alice: ClassVar[Person]
    bob: ClassVar[Person]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.ending = ExitStack()

    @initialize(is_forgetful=st.booleans(), inline_nodes=st.sampled_from((0, 1, 8)))
    def begin(self, is_forgetful: bool, inline_nodes: int) -> None:
        """Two of the clients are bob's, and conflict with each other as anybody's."""
        kept_to = habits(is_forgetful=is_forgetful, inline_nodes=inline_nodes)
        self.ending.enter_context(kept_to)
        self.world = World(self.alice)
        self.ending.callback(self.world.end)
        people = (self.alice, self.bob, self.bob)
        self.clients = [Client(self.world, who, f"tab-{n}") for n, who in enumerate(people)]
        self.count = 0
        for place, client in enumerate(self.clients):
            client.connect(self.world.servers[place % 2])

    # -- clients --------------------------------------------------------------------------------

    @rule(who=clients, server=servers)
    def connect(self, who: int, server: int) -> None:
        client = self.clients[who]
        if client.wire is None:
            client.connect(self.world.servers[server])

    @rule(who=clients, heard=picks)
    def vanish(self, who: int, heard: int) -> None:
        self.clients[who].read(heard)
        self.clients[who].vanish()

    @rule(who=clients, most=st.integers(1, 30))
    def read(self, who: int, most: int) -> None:
        self.clients[who].read(most)

    @rule(who=clients, several=st.lists(wanted, min_size=1, max_size=4))
    def send(self, who: int, several: list[Wanted]) -> None:
        client = self.clients[who]
        if client.wire is not None:
            client.send([self._wish(client, one) for one in several])

    @rule(who=clients, server=servers, one=wanted, fault=faults)
    def post(self, who: int, server: int, one: Wanted, fault: str) -> None:
        client = self.clients[who]
        client.post(self.world.servers[server], [self._wish(client, one)], fault)

    @rule(who=clients, pick=picks, count=st.integers(1, 3))
    def send_again(self, who: int, pick: int, count: int) -> None:
        client = self.clients[who]
        newest_first = client.wishes[::-1]
        client.send(newest_first[pick : pick + count])

    @rule(who=clients, server=servers, pick=picks)
    def post_again(self, who: int, server: int, pick: int) -> None:
        client = self.clients[who]
        if client.wishes:
            wish = client.wishes[-1 - pick % len(client.wishes)]
            client.post(self.world.servers[server], [wish])

    @rule(who=clients, whose=clients, pick=picks, one=wanted)
    def take_an_id(self, who: int, whose: int, pick: int, one: Wanted) -> None:
        client, others = self.clients[who], self.clients[whose].wishes
        if client.wire is not None and others:
            taken = others[-1 - pick % len(others)].operation_id
            client.send([client.wish(body_of(client, one, taken))])

    @rule(who=clients, server=servers, pick=picks, fault=faults)
    def undo(self, who: int, server: int, pick: int, fault: str) -> None:
        client = self.clients[who]
        if client.wishes:
            wish = client.wishes[-1 - pick % len(client.wishes)]
            url = f"{self.world.url}/operations/{wish.operation_id}/undo"
            at = self.world.servers[server]
            status, said = self.world.request(at, client.person.api.post, url, fault=fault)
            assert status in (200, 403, 404, 503), (status, said)
            if status == 200 and said["eventType"] == "operation.ack":
                checks.check_undone(self.world.truth.look(), wish, said)

    # -- servers, store and post ----------------------------------------------------------------

    @rule(server=servers, count=st.integers(1, 8), pick=st.integers(0, 3), fault=faults)
    def work(self, server: int, count: int, pick: int, fault: str) -> None:
        for _ in range(count):
            self.world.work(self.world.servers[server], pick, fault)

    @rule()
    def work_through(self) -> None:
        self.world.work_through()

    @rule(server=servers)
    def run_ahead(self, server: int) -> None:
        self.world.run_ahead(self.world.servers[server])

    @rule(server=servers)
    def heal(self, server: int) -> None:
        self.world.heal(self.world.servers[server])

    @rule(seconds=seconds)
    def wait(self, seconds: float) -> None:
        self.world.loop.wait(seconds)

    @rule(server=servers, is_written=st.booleans())
    def kill(self, server: int, is_written: bool) -> None:
        killed = self.world.kill(server, is_written=is_written)
        for client in self.clients:
            for wish in client.wishes:
                del wish.under_way[killed.name]
            if client.wire is not None and client.wire.server is killed:
                client.wire.code = 1006

    @rule()
    def arrive(self) -> None:
        if self.world.network.under_way:
            self.world.network.arrive()

    @rule(pick=picks, what=st.sampled_from(("deliver", "deliver", "deliver", "again", "lose")))
    def post_moves(self, pick: int, what: str) -> None:
        post = self.world.post
        if not post.on_the_way:
            return
        place = pick % len(post.on_the_way)
        if what == "lose":
            post.lose(place)
        else:
            post.deliver(place, again=what == "again")
            self.world.loop.settle()

    @rule(server=servers, chance=st.integers(0, 5))
    def archive(self, server: int, chance: int) -> None:
        if chance < 2:
            self.world.archive(self.world.servers[server])
        if chance < 1:
            self.world.restore(self.world.servers[server])

    @rule(server=servers)
    def restore(self, server: int) -> None:
        self.world.restore(self.world.servers[server])

    # -- what must hold -------------------------------------------------------------------------

    @rule(is_told=st.booleans(), seconds=seconds, versions=versions)
    def rest(self, is_told: bool, seconds: float, versions: list[int]) -> None:
        quiet.come_to_rest(self.world, self.clients, is_told=is_told)
        self.world.loop.wait(seconds)
        self.world.work_through()
        quiet.check(self.world, self.clients, versions)

    @invariant()
    def count_steps(self) -> None:
        Collaboration.steps += 1

    def teardown(self) -> None:
        with self.ending:
            has_failed = sys.exc_info()[0] is not None
            if hasattr(self, "world") and not has_failed:
                self.rest(is_told=False, seconds=6.0, versions=[0, 1, 7])

    def _wish(self, client: Client, one: Wanted) -> Wish:
        self.count += 1
        return client.wish(body_of(client, one, f"operation-{self.count}"))
