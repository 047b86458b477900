"""What operators can do, and what they have ordered, as rows to choose from.

What a row says before anybody chooses it is the catalogue's: effect, precondition, duration, risk,
what can go wrong, arguments, what it meets. Whether the precondition holds is told as far as the
people on the call can see it, from the same view that the panels show; what nobody can see from
outside is said to be unknown, and the component answers when it is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.actions import CATALOGUE
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.choices import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from outage_agents.actions import Action
    from outage_agents.views import ActionView, RegionView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

Seen = tuple[bool, str]
"""Whether a precondition seems to hold, and what is seen of it."""


def _enactors(view: RegionView, *states: str) -> Seen:
    found = [enactor.name for enactor in view.dns.enactors if enactor.state in states]
    words = f"{', '.join(found)}" if found else f"no Enactor is {' or '.join(states)}"
    return bool(found), words


def _empty_answers(view: RegionView) -> Seen:
    held = max(view.dns.customers_empty_share, view.dns.internal_empty_share)
    return held > 0, f"{wording.percent(held)} of resolvers hold the empty answer"


def _internal_empty(view: RegionView) -> Seen:
    held = view.dns.internal_empty_share
    return held > 0, f"{wording.percent(held)} of internal resolvers hold the empty answer"


def _broken_endpoint(view: RegionView) -> Seen:
    dns = view.dns
    if dns.target_exists and not dns.broken_endpoints:
        return False, "every endpoint points to records that exist"
    rollback = "exists" if dns.rollback_exists else "is gone as well"
    return dns.rollback_exists, f"an endpoint points to nothing; its rollback tree {rollback}"


def _late_leases(view: RegionView) -> Seen:
    leases = view.leases
    broken, queue = wording.count(leases.broken), wording.count(leases.queue)
    return leases.broken * 100 > leases.droplets, f"{broken} leases broken, {queue} wait"


def _launches_work(view: RegionView) -> Seen:
    ec2 = view.ec2
    share = ec2.launched_per_s / ec2.demand_per_s if ec2.demand_per_s else 1.0
    return share > 0.5, f"{wording.percent(min(1.0, share))} of launches succeed"


def _late_and_launches(view: RegionView) -> Seen:
    work, words = _launches_work(view)
    return work, f"{words}; {_late_leases(view)[1]}"


def _waiting_items(view: RegionView) -> Seen:
    wait_s = view.network_manager.wait_s
    return wait_s > 5.0, f"new items wait {wording.waiting(wait_s)}"


def _failover(view: RegionView) -> Seen:
    return view.nlb.failover, f"automatic failover is {'on' if view.nlb.failover else 'off'}"


def _zone_out(view: RegionView) -> Seen:
    out = [f"az{zone.zone}" for zone in view.nlb.zones if zone.state == "out"]
    return bool(out), f"out of DNS: {', '.join(out)}" if out else "no zone is out of DNS"


def _throttled(view: RegionView) -> Seen:
    share = view.leases.throttle_share
    return share > 0, f"limit {wording.percent(share)} outstanding" if share else "no limit"


def _ec2_limit(view: RegionView) -> Seen:
    return bool(view.ec2.throttle), f"limit: {view.ec2.throttle}" if view.ec2.throttle else "none"


def _service(name: str) -> Callable[[RegionView], Seen]:
    def seen(view: RegionView) -> Seen:
        for service in view.services:
            if service.name.lower() == name.lower():
                failing = wording.percent(service.error_rate)
                return service.state != "ok", f"{service.name} is {service.state}, {failing} fail"
        return False, f"{name} is not in this run"

    return seen


def _not(seen: Callable[[RegionView], Seen]) -> Callable[[RegionView], Seen]:
    def turned(view: RegionView) -> Seen:
        holds, words = seen(view)
        return not holds, words

    return turned


_SEEN: Final[dict[str, Callable[[RegionView], Seen]]] = {
    "dns.inspect": lambda view: (not view.dns.target_exists, _broken_endpoint(view)[1]),
    "dns.rpz_override": _internal_empty,
    "dns.rpz_remove": lambda view: (
        view.dns.override,
        f"addresses are {'forced' if view.dns.override else 'not forced'}",
    ),
    "dns.stop_automation": lambda view: _enactors(view, "blocked", "held"),
    "dns.restore_from_rollback": _broken_endpoint,
    "dns.restart_enactors": lambda view: _enactors(view, "blocked", "held", "stopped"),
    "dns.flush_caches": _empty_answers,
    "dwfm.throttle": _late_leases,
    "dwfm.lift_throttle": _throttled,
    "dwfm.restart_hosts": _late_leases,
    "dwfm.drop_stale_work": _late_leases,
    "dwfm.add_hosts": _late_and_launches,
    "ec2.throttle_launches": _not(_launches_work),
    "ec2.relax_throttle": _ec2_limit,
    "nm.reduce_load": _waiting_items,
    "nm.add_capacity": _waiting_items,
    "nlb.disable_failover": _failover,
    "nlb.enable_failover": _not(_failover),
    "nlb.restore_zone": _zone_out,
    "nlb.add_nodes": _launches_work,
    "lambda.throttle_async": _service("Lambda"),
    "redshift.stop_replacements": _service("Redshift"),
}


def precondition_seen(action: Action, view: RegionView) -> tuple[Severity, str]:
    """Whether it can be done now, as far as people can see, and what they see."""
    if action.precondition.startswith("none") and action.id not in _SEEN:
        return "ok", "holds: none is needed"
    look = _SEEN.get(action.id)
    if look is None:
        return "unknown", "cannot be seen from here; the component will say"
    holds, words = look(view)
    return ("ok", f"seems to hold: {words}") if holds else ("caution", f"does not seem to: {words}")


def action_choices(scene: Scene | None) -> list[Choice]:
    """Every action of the catalogue; its glyph says whether its precondition seems to hold.

    In the order in which the outage went through the Region, then what is done beside it.
    """
    ordered = sorted(CATALOGUE, key=lambda action: _place(action.id.partition(".")[0]))
    return [_action_choice(action, scene) for action in ordered]


_AREAS: Final = ("dns", "dwfm", "ec2", "nm", "nlb", "lambda", "redshift")


def _place(area: str) -> int:
    return _AREAS.index(area) if area in _AREAS else len(_AREAS)


def _action_choice(action: Action, scene: Scene | None) -> Choice:
    level: Severity = "unknown"
    seen = "nothing is seen yet"
    if scene is not None:
        level, seen = precondition_seen(action, scene.view)
    arguments = ", ".join(
        f"{wording.name_in_words(known.name)} = {said(known.default)} ({known.text})"
        for known in action.arguments
    )
    about = [
        ("does", action.effect),
        ("needs", action.precondition),
        ("now", seen),
        ("takes", _minutes(action)),
        ("risk", action.risk),
        ("may go wrong", action.failure),
        ("arguments", arguments or "none"),
        *((f"meets {other.action}", other.how) for other in action.interferes_with),
    ]
    return Choice(
        action.id, action.title, action.id, tuple(about), severity=level, also=action.effect
    )


def said(value: float | str) -> str:
    """A default as it is typed."""
    return value if isinstance(value, str) else f"{value:g}"


def _minutes(action: Action) -> str:
    low, high = action.duration_min_s / 60, action.duration_max_s / 60
    return f"{low:g} to {high:g} min from the decision to the effect"


def order_choices(scene: Scene | None, ink: Ink) -> list[Choice]:
    """What was ordered: first what goes on, then what is over, the newest first, then what is
    ahead, the next first."""
    if scene is None:
        return []
    return [
        _order_choice(order, scene, ink)
        for order in sorted(scene.view.inputs.actions, key=_urgency)
    ]


def _urgency(order: ActionView) -> tuple[int, int]:
    if order.state == "ahead":
        return 2, order.start_ns
    return (1 if order.state == "over" else 0), -order.start_ns


def _order_choice(order: ActionView, scene: Scene, ink: Ink) -> Choice:
    level: Severity = "unknown"
    if order.state == "over":
        level = "caution" if order.result.startswith(("refused", "called off")) else "ok"
    elif order.state == "unheard":
        level = "bad"
    note = order.result or order.state
    if order.state in ("begun", "under way"):
        filled = round(order.progress * 8)
        bar = ink.glyphs.bar * filled + ink.glyphs.groove * (8 - filled)
        left_s = max(0.0, (order.end_ns - scene.view.t_ns) / 1e9)
        note = f"{bar} {order.state}, {wording.duration(left_s)} left"
    about = [
        ("state", order.state),
        ("begun", scene.clock.hms(order.start_ns)),
        ("takes effect", scene.clock.hms(order.effect_ns)),
        ("ends", scene.clock.hms(order.end_ns)),
        ("arguments", order.args or "none"),
        ("result", order.result or "not known yet"),
        ("answers", order.detail or "none yet"),
    ]
    name = f"{scene.clock.hm(order.start_ns)} {order.title}"
    return Choice(order.name, name, note[:44], tuple(about), severity=level, also=order.id)
