"""A run in a few sentences, made from what happened in it and nothing else.

Each sentence is about one part of the Region, and is left out when that part took no part in the
run. What did not happen is said as well: a name that never lost its addresses is news.
"""

from collections.abc import Iterator

import attrs

from outage_agents.action_catalogue import CATALOGUE
from outage_agents.fidelity import milestones_fidelity, score_of
from outage_tui.dashboard.renderables import wording
from outage_tui.report_data import ReportData, Stretch, Track
from outage_tui.text_table import clock_of, shown_count

_TITLES = {action.id: action.title for action in CATALOGUE}


def story(data: ReportData) -> list[str]:
    """What happened, in order; each item is one or two sentences."""
    told = (_identity, _name, _leases, _network, _balancers, _services, _people, _end, _merit)
    return [sentence for part in told for sentence in part(data)]


def title_of(action_id: str) -> str:
    """What an action does, in words; its id when this program does not have it."""
    return _TITLES.get(action_id, action_id)


def cost(data: ReportData) -> list[str]:
    """Where most was lost."""
    if data.hour is None or not data.stretches:
        return ["What customers lost was not recorded."]
    worst = dearest(data)
    if worst is None:
        return ["Customers lost nothing."]
    total = sum(each.lost for each in data.stretches)
    length = worst.end_min - worst.start_min
    sentence = (
        f"The most expensive stretch was from"
        f" {_clock(data, worst.start_min)} ({_edge(data, worst.start_min)}) to"
        f" {_clock(data, worst.end_min)} ({_edge(data, worst.end_min)}),"
        f" {wording.duration(length * 60)}:"
        f" {shown_count(worst.lost)} customer-minutes,"
        f" {wording.percent(min(1.0, worst.lost / total))} of all."
    )
    hour = data.hour
    return [
        sentence,
        f"Most was lost in the hour from {_clock(data, hour.start_min)} to"
        f" {_clock(data, hour.end_min)}: {shown_count(hour.lost)} customer-minutes.",
    ]


def dearest(data: ReportData) -> Stretch | None:
    """The stretch between two actions in which most was lost; None when nothing was.

    It begins when losses do: an idle hour before them is no part of a wait.
    """
    worst = max(data.stretches, key=lambda each: each.lost, default=None)
    lost = data.tracks.get("impact.customer_minutes")
    if worst is None or lost is None or worst.lost <= 0:
        return None
    inside = (lost.times_min >= worst.start_min) & (lost.times_min <= worst.end_min)
    idle = inside & (lost.values <= lost.at(worst.start_min) + worst.lost * 1e-3)
    begin = max((float(t) for t in lost.times_min[idle]), default=worst.start_min)
    return attrs.evolve(worst, start_min=max(worst.start_min, begin))


def _clock(data: ReportData, t_min: float | None) -> str:
    return clock_of(data.scenario, t_min)


def _edge(data: ReportData, t_min: float) -> str:
    """What begins or ends a stretch."""
    here = [one.action for one in data.actions if abs(one.action.t_min - t_min) < 0.01]
    done = [action for action in here if action.result == "done"]
    if done:
        return ", ".join(action.id for action in done)
    if t_min >= data.end_min - 0.01:
        return "the end of the recording"
    return "when losses began" if t_min > data.start_min + 0.01 else "the beginning"


def _identity(data: ReportData) -> Iterator[str]:
    run = data.run
    until = _clock(data, data.end_min)
    state = "" if run.finished else "; it was not finished, and nothing is known of what came later"
    yield (
        f"A run of {run.scenario.name} with seed {run.scenario.seed}, from"
        f" {_clock(data, data.start_min)} to {until} of the scenario's clock{state}."
    )


def _name(data: ReportData) -> Iterator[str]:
    empty = data.run.milestones.get("dns_record_empty")
    if empty is None:
        yield "DynamoDB's regional name kept its addresses throughout."
        return
    restored = data.run.milestones.get("dns_restored")
    over = data.run.milestones.get("dynamodb_recovered")
    begin = f"At {_clock(data, empty)} DynamoDB's regional name lost all its addresses"
    if restored is None and over is None:
        yield f"{begin}; until {_clock(data, data.end_min)} nobody brought them back."
    elif restored is None:
        yield f"{begin}. Customers could resolve it again at {_clock(data, over)}."
    elif over is None:
        yield f"{begin}. The record was restored at {_clock(data, restored)}."
    else:
        yield (
            f"{begin}. The record was restored at {_clock(data, restored)}, and the last cached"
            f" empty answers were gone at {_clock(data, over)}."
        )


def _leases(data: ReportData) -> Iterator[str]:
    broken = data.tracks.get("dwfm.broken")
    if broken is None:
        return
    most, when = most_of(broken)
    droplets = max(1, data.scenario.droplets)
    if most <= max(50, 0.002 * droplets):
        yield f"The leases on servers held: at most {shown_count(most)} were broken at a time."
        return
    whole = data.run.milestones.get("dwfm_all_leased")
    ending = (
        f"all were leased again at {_clock(data, whole)}"
        if whole is not None
        else f"{broken.values[-1]:,.0f} still were at the end"
    )
    yield (
        f"Up to {most:,.0f} of {droplets:,} servers were without a lease"
        f" ({wording.percent(most / droplets)}, at {_clock(data, when)}); {ending}."
    )


def _network(data: ReportData) -> Iterator[str]:
    wait, late = data.tracks.get("nm.wait_s"), data.run.milestones.get("nm_latency_rises")
    if wait is None or late is None:
        return
    normal = data.run.milestones.get("nm_propagation_normal")
    until = "to the end" if normal is None else f"until {_clock(data, normal)}"
    yield (
        f"New servers waited for their network from {_clock(data, late)} {until},"
        f" for up to {wording.duration(most_of(wait)[0])}."
    )


def _balancers(data: ReportData) -> Iterator[str]:
    out, removals = data.tracks.get("nlb.zones_out"), data.tracks.get("nlb.removals_total")
    if out is None or removals is None:
        return
    most, when = most_of(out)
    begin = data.run.milestones.get("nlb_errors_begin")
    if begin is None and most < 1:
        return
    times = shown_count(most_of(removals)[0])
    nodes = f"Health checks failed: load balancers' healthy nodes left DNS {times} times"
    if most >= 1:
        zones = "1 zone" if most < 2 else f"{most:.0f} zones"
        yield f"{nodes}, and up to {zones} were out ({_clock(data, when)})."
    else:
        yield f"{nodes}; no whole zone was out."


def _services(data: ReportData) -> Iterator[str]:
    impact = data.run.impact
    if impact is None:
        yield "The recording has no view of the Region, so nothing is known of its customers."
        return
    if data.view is None or not data.view.services:
        yield "No service of any customer takes part in this scenario."
        return
    if impact.customer_minutes < 1:
        yield "Customers noticed nothing."
        return
    worst = sorted(impact.by_service.items(), key=lambda item: -item[1])[:3]
    names = ", ".join(f"{service_title(data, name)} {shown_count(lost)}" for name, lost in worst)
    peak = wording.percent(impact.peak_services_down_share)
    down = f" At worst {peak} of all services were down." if impact.peak_services_down_share else ""
    yield (
        f"Customers lost {shown_count(impact.customer_minutes)} customer-minutes"
        f"{f' (most: {names})' if names else ''}; {shown_count(impact.failed)} of their requests"
        f" failed and {shown_count(impact.refused)} were refused on purpose.{down}"
    )


def service_title(data: ReportData, name: str) -> str:
    """A service's name as people know it."""
    return "DynamoDB" if name == "dynamodb" else data.titles.get(name, name)


def _people(data: ReportData) -> Iterator[str]:
    results = [one.action.result for one in data.actions]
    done, refused = results.count("done"), sum(one.startswith("refused") for one in results)
    others = len(results) - done - refused
    parts = [_many(done, "action")] if results else ["no action"]
    parts += [f"{refused} that were refused"] if refused else []
    parts += [f"{others} that came to nothing"] if others else []
    end_ns = data.run.end_ns
    faults = sum(fault.at_ns <= end_ns for fault in data.scenario.faults)
    changes = sum(change.at_ns <= end_ns for change in data.scenario.changes)
    parts += [_many(faults, "fault")] if faults else []
    parts += [_many(changes, "changed parameter")] if changes else []
    yield f"From outside came {' and '.join(parts)}."


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _end(data: ReportData) -> Iterator[str]:
    over = data.run.milestones.get("event_over")
    if over is not None:
        yield f"Every service was well again at {_clock(data, over)}."
        return
    open_ones = [
        name for name, windows in data.windows.items() if windows and windows[-1].end_ns is None
    ]
    if open_ones:
        shown = ", ".join(open_ones[:6]) + (" and others" if len(open_ones) > 6 else "")
        yield f"It was not over when the recording ends: {shown} still failed."


def _merit(data: ReportData) -> Iterator[str]:
    listed = milestones_fidelity(data.run.milestones, staged=data.scenario.staged)
    due = [
        one
        for one in listed
        if one.simulated_min is not None
        or one.reference_min + (one.tolerance_min or 0.0) <= data.end_min
    ]
    score = score_of(due)
    if score.of == 0:
        return
    scored = [one for one in due if one.within is not None and one.error_min is not None]
    off = f"; those that happened are {score.mean_error_min:.1f} min off on average"
    yield (
        f"Held against the published night, {score.within} of {score.of} milestones that must come"
        f" out by themselves by now are within their tolerance{off if scored else ''}."
    )


def most_of(track: Track) -> tuple[float, float]:
    """The largest value, and when it was reached first (minutes after T0)."""
    place = int(track.values.argmax())
    return float(track.values[place]), float(track.times_min[place])
