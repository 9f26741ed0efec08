"""G16 again: `memberCount` is the number of members, whatever happens at once."""

from functools import partial

from tests.cast import Organization, Person, hire
from tests.teams.making import add, at_once, items, new_team, read, url

AT_ONCE = 50


def test_fifty_joins_and_leaves_at_once(org: Organization, alice: Person) -> None:
    """12 come, each twice, and 13 go, by themselves and by the lead, all at the same moment."""
    team = new_team(alice)
    people = [hire(org, f"p{number}", role="viewer") for number in range(AT_ONCE // 2)]
    stay, go = people[: AT_ONCE // 4], people[AT_ONCE // 4 :]
    for who in go:
        add(alice, team, who)

    def come(who: Person) -> int:
        return int(who.api.post(url(team, "join")).status_code)

    def leave(who: Person, by: Person) -> int:
        return int(by.api.delete(url(team, "members", who.user_id)).status_code)

    answers = at_once(
        *[partial(come, who) for who in stay],
        *[partial(leave, who, who) for who in go],
        *[partial(leave, who, alice) for who in go],
        *[partial(come, who) for who in stay],
    )
    assert len(answers) == AT_ONCE
    assert (answers.count(200), answers.count(204)) == (2 * len(stay), len(go))
    members = {one["userId"] for one in items(alice, url(team, "members?limit=100"))}
    assert members == {alice.user_id, *(who.user_id for who in stay)}
    assert read(alice, team)["memberCount"] == len(members)
