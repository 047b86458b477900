"""What players are told of an action before they choose it.

The catalogue says of some that they are decoys, and of all what they will change. Players read
neither: what an action is good for is theirs to find out. They read what it touches, what it needs,
what is known to be risky, how long such a thing takes, and what it has to be told.
"""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from outage_agents.actions import CATALOGUE, Action, Argument, find_action
from outage_agents.drills.drill import Drill
from outage_agents.drills.names import Names
from outage_agents.drills.seat_view import ArgumentView, ChoiceView

_TOUCHES: Final = {
    "dns": "DNS",
    "dwfm": "DWFM, which leases droplets",
    "ec2": "EC2 launches",
    "nm": "Network",
    "triage": "Network",
    "nlb": "Load balancers",
    "lambda": "Services",
    "redshift": "Services",
    "app": "Services",
    "call": "The call",
}
"""By the first word of an id. A group never holds decoys only, but for the call's own."""
_ORDER: Final = tuple(dict.fromkeys(_TOUCHES.values()))
_DECOY: Final = "a decoy: "
_FORCE: Final = re.compile(r",? ?(?:unless force=yes|\(force=yes[^)]*\))")
"""Told by the argument itself, in words."""
_DECOY_WHILE: Final = "a decoy "
TAKEN_BACK_BY: Final[Mapping[str, str]] = {
    "dns.rpz_override": "dns.rpz_remove",
    "dns.stop_automation": "dns.restart_enactors",
    "dwfm.throttle": "dwfm.lift_throttle",
    "ec2.throttle_launches": "ec2.relax_throttle",
    "nlb.disable_failover": "nlb.enable_failover",
    "lambda.throttle_async": "lambda.relax_async",
}
"""What stays until somebody takes it back, and how."""


def offered(drill: Drill, names: Names) -> tuple[ChoiceView, ...]:
    """Every action, grouped by what it touches, in the words of the drill."""
    views = [_offered(action, drill, names) for action in CATALOGUE]
    order = {names.shown(touches): place for place, touches in enumerate(_ORDER)}
    return tuple(sorted(views, key=lambda view: order[view.touches]))


def _offered(action: Action, drill: Drill, names: Names) -> ChoiceView:
    shown = names.shown
    shortest_s, longest_s = round(action.duration_min_s), round(action.duration_max_s)
    for told in drill.durations:
        if told.action == action.id:
            shortest_s, longest_s = told.p50_s // 2, told.p95_s
    return ChoiceView(
        shown(action.id),
        shown(action.title),
        shown(_FORCE.sub("", action.precondition)),
        shown(told_risk(action)),
        shortest_s,
        longest_s,
        action.id in dict(drill.approvals),
        shown(_TOUCHES[action.id.partition(".")[0]]),
        tuple(_argument(argument, shown(_title(argument))) for argument in action.arguments),
    )


def told_risk(action: Action) -> str:
    """The risk as players read it: nothing in it says that an action is a decoy."""
    risk = action.risk.removeprefix(_DECOY)
    if risk.startswith(_DECOY_WHILE):
        risk = risk.partition(": ")[2]
    return risk


def _title(argument: Argument) -> str:
    if argument.pattern == "yes|no":
        return argument.text.rpartition("yes: ")[2]
    if argument.pattern:
        return f"{argument.name} ({argument.text})"
    return argument.text.removeprefix("share of ").partition(";")[0]


def _argument(argument: Argument, title: str) -> ArgumentView:
    return ArgumentView(
        argument.name,
        title,
        argument.unit,
        argument.default,
        argument.minimum,
        argument.maximum,
        argument.whole,
        argument.pattern,
    )


def args_told(action_id: str, args: Mapping[str, float | str]) -> str:
    """What an action was given that differs from the usual, in words: `inflow relative to
    capacity: 0.5`. Raises ActionError for an unknown action."""
    told = []
    for argument in find_action(action_id).arguments:
        value = args.get(argument.name, argument.default)
        if value != argument.default:
            said = value if isinstance(value, str) else f"{value:g}"
            told.append(f"{_title(argument)}: {said}")
    return "; ".join(told)


@attrs.frozen
class Standing:
    """Actions that are done, in the order of their reports."""

    done: tuple[str, ...]
    """Ids."""

    def taken_back_by(self, action_id: str) -> str:
        """What takes this action back, while it stands and nobody has; else empty."""
        back = TAKEN_BACK_BY.get(action_id, "")
        turns = [one for one in self.done if one in (action_id, back)]
        return back if turns[-1:] == [action_id] else ""
