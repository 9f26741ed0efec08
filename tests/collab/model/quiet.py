"""Coming to rest: nothing fails any more, everybody comes back, and all is looked at."""

from collections.abc import Iterable, Sequence

from tests.collab.model import checks
from tests.collab.model.clients import Client
from tests.collab.model.world import World

ROUNDS = 12  # so often clients may have to come back or send again before all is quiet
TURN_SECONDS = 0.3  # longer than a server waits for another's turn to commit


def come_to_rest(world: World, clients: Sequence[Client], *, is_told: bool) -> None:
    """Let all be done; what the servers tell each other comes through, or nothing of it."""
    while world.network.under_way:
        world.network.arrive()
    world.restore(world.servers[0])
    for _ in range(ROUNDS):
        _come_back(world, clients)
        for _ in range(2):
            _go_on(world, is_told=is_told)
        for client in clients:
            client.read()
        if all(client.is_settled for client in clients):
            return
    raise AssertionError([(client.unknown, client.trace[-40:]) for client in clients])


def check(world: World, clients: Sequence[Client], versions: Iterable[int]) -> None:
    """Compare everybody with the store; `versions` of before are read over HTTP, too."""
    history, state = world.truth.look(), world.truth.state()
    assert history.version == int(state.version)
    checks.check_log(history)
    for client in clients:
        for wish in client.wishes:
            checks.check_wish(history, wish)
        checks.check_refusals(history, client.refusals)
        client.refusals.clear()
        checks.check_client(history, client, state.epoch)
    asked = {version % (history.version + 1) for version in versions}
    for server, reader in zip(world.servers, clients, strict=False):
        checks.check_newcomer(world, server, reader.person)
        checks.check_reading(world, server, reader.person, asked)
    with world.another_server() as server:  # one that knows nothing but the store
        checks.check_newcomer(world, server, world.owner)


def _come_back(world: World, clients: Sequence[Client]) -> None:
    for place, client in enumerate(clients):
        if client.wire is None:
            client.connect(world.servers[place % 2])
        client.send(client.unknown)


def _go_on(world: World, *, is_told: bool) -> None:
    world.work_through()
    while world.post.on_the_way:
        if is_told:
            world.post.deliver(0)
        else:
            world.post.lose(0)
    world.work_through()
    for server in world.servers:
        world.heal(server)
    world.work_through()
    world.loop.wait(TURN_SECONDS)
    world.work_through()
