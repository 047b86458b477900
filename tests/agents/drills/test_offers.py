"""What players are told of actions beforehand, and what they see of those that wait or stand."""

from pathlib import Path

import pytest
import trio

from outage_agents.actions import CATALOGUE, find_action
from outage_agents.drills.condition import Condition
from outage_agents.drills.drill import Drill, Play, Step
from outage_agents.drills.drill_file import load_drill, shipped_drills
from outage_agents.drills.journal import Begin, Task, Verify
from outage_agents.drills.names import Names
from outage_agents.drills.offers import TAKEN_BACK_BY, Standing, args_told, offered
from outage_agents.drills.players import ScriptedPlayer
from outage_agents.drills.rehearsal import Stage
from outage_engine.clock import SECOND

SHORT = str(Path(__file__).parent / "short.drill.toml")
STOP = Task("kim", action="dns.stop_automation", args={"force": "yes"})


def shipped(drill_id: str = "dare") -> Drill:
    return load_drill(drill_id)


def test_every_action_is_offered_once_and_its_group_holds_together() -> None:
    drill = shipped()
    views = offered(drill, Names(drill.names))
    assert sorted(view.id for view in views) == sorted(action.id for action in CATALOGUE)
    groups = [view.touches for view in views]
    assert len([g for n, g in enumerate(groups) if n == 0 or groups[n - 1] != g]) == len(
        set(groups)
    )


@pytest.mark.parametrize("drill_id", shipped_drills())
def test_nothing_that_is_told_of_an_action_calls_it_a_decoy(drill_id: str) -> None:
    drill = shipped(drill_id)
    for view in offered(drill, Names(drill.names)):
        assert "decoy" not in str(view)
        assert "=" not in f"{view.needs} {view.risk} {view.title}", "no raw name of a parameter"
        assert view.risk


def test_a_group_of_the_regions_parts_never_holds_decoys_only() -> None:
    drill = shipped()
    decoys = {a.id for a in CATALOGUE if not a.targets or a.risk.startswith("a decoy")}
    by_group: dict[str, set[str]] = {}
    for view in offered(drill, Names(drill.names)):
        by_group.setdefault(view.touches, set()).add(view.id)
    assert [group for group, ids in by_group.items() if ids <= decoys] == ["The call"]
    first = offered(drill, Names(drill.names))[0]
    assert first.id not in decoys


def test_names_of_the_drill_are_used_for_titles_groups_and_arguments() -> None:
    drill = shipped("other-names")
    told = " ".join(str(view) for view in offered(drill, Names(drill.names)))
    for real, _ in drill.names:
        assert real not in told.replace("shard's", "").split()


def test_what_an_action_was_given_is_told_in_words_where_it_differs() -> None:
    assert args_told("dwfm.throttle", {}) == ""
    assert args_told("dwfm.throttle", {"max_outstanding_share": 0.006}) == ""
    told = args_told("dwfm.restart_hosts", {"zones": "1+3", "zone_gap_s": 60.0})
    assert "1+3" in told
    assert "time between two zones: 60" in told


def test_what_is_taken_back_by_what_is_in_the_catalogue() -> None:
    for action_id, back in TAKEN_BACK_BY.items():
        assert find_action(action_id) is not find_action(back)


def test_an_action_stands_until_it_is_taken_back_and_stands_again_when_done_again() -> None:
    off, on = "nlb.disable_failover", "nlb.enable_failover"
    assert Standing(()).taken_back_by(off) == ""
    assert Standing((off,)).taken_back_by(off) == on
    assert Standing((off, "dns.inspect")).taken_back_by(off) == on
    assert Standing((off, on)).taken_back_by(off) == ""
    assert Standing((off, on, off)).taken_back_by(off) == on
    assert Standing((on,)).taken_back_by(on) == ""


def test_seats_see_who_asked_what_was_brought_up_and_what_stands() -> None:
    stage = Stage.of(load_drill(SHORT))
    steps = (
        Step("operations", Begin("dns.restore_from_rollback", {"force": "yes"}), at_s=60),
        Step("operations", STOP, at_s=70),
    )
    trio.run(stage.play, ScriptedPlayer(Play("x", "x", 1, steps)))
    view = stage.director.view_of("commander")
    (waiting,) = view.approvals
    assert waiting.by == "operations"
    assert waiting.args.endswith(": yes")
    assert waiting.since_ns == stage.begin_ns + 60 * SECOND
    assert {one.text for one in view.guesses} == {"a deploy did it", "the record is empty"}
    assert view.next_hint_cost_min == 5
    assert view.roster[0].topics == ("deploy",)


def test_what_was_done_is_open_until_somebody_looks_at_it_and_takes_it_back() -> None:
    stage = Stage.of(load_drill(SHORT))
    seen: list[tuple[bool, str]] = []

    def look(stage: Stage) -> None:
        for work in stage.director.view_of("solo").work:
            if work.report and (work.verified, work.left_on) not in seen:
                seen.append((work.verified, work.left_on))

    done = Condition.parse("action:dns.stop_automation done")
    steps = (
        Step("solo", STOP, at_s=70),
        Step("solo", Verify("dns.stop_automation"), at_s=1800, when=done),
    )
    trio.run(stage.play, ScriptedPlayer(Play("x", "x", 1, steps)), look)
    back = find_action("dns.restart_enactors").title
    assert seen == [(False, back), (True, back)]
