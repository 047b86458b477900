"""The sections of a report, from what is known of a run.

A drill adds its parts through `more`: sections of its own (decisions, communications, score) and
lanes for the timeline. Nothing here needs to know of them.
"""

from collections.abc import Iterator, Sequence

from outage_agents.causes import chain, latest_about, mechanism, milestone_cause
from outage_agents.fidelity import MilestoneFidelity, milestones_fidelity
from outage_agents.result import ActionResultAt
from outage_agents.scenario import Scenario
from outage_agents.views import LatencyView
from outage_engine.clock import MINUTE
from outage_tui.compare import settings_apart
from outage_tui.dashboard.renderables import wording
from outage_tui.report_data import PricedAction, ReportData
from outage_tui.report_document import (
    Bullets,
    Chain,
    Command,
    Document,
    Lane,
    Paragraph,
    Section,
    Step,
    Table,
)
from outage_tui.report_lanes import lanes
from outage_tui.report_plots import charts, failing, numbers
from outage_tui.report_story import cost, most_of, service_title, story, title_of
from outage_tui.text_table import clock_of, shown_count, shown_share

MAIN_EVENTS = (
    "dns_record_empty",
    "dwfm_state_checks_fail",
    "dynamodb_recovered",
    "dwfm_all_leased",
    "nlb_errors_begin",
    "nm_latency_rises",
    "second_wave_begins",
    "event_over",
)
"""Milestones whose causes are told."""
SLACK_NS = 7 * MINUTE
"""A milestone that needs five quiet minutes is dated back to the first; its line comes later."""


def document(
    data: ReportData, more: Sequence[Section] = (), more_lanes: Sequence[Lane] = ()
) -> Document:
    """The report of a run."""
    scenario = data.scenario
    return Document(
        title=f"After-action report: {scenario.title or scenario.name}",
        subtitle=(
            f"{scenario.name}, seed {scenario.seed}, digest {data.run.digest[:16]}."
            " A simulation, not the provider's account."
        ),
        sections=(
            _what_happened(data),
            *more,
            *_plots(data),
            Section("timeline", "Timeline", (lanes(data, more_lanes),)),
            _milestones(data),
            _done(data),
            *_impact(data),
            *_laws(data),
            *_latencies(data),
            *_causes(data),
            _changed(data),
            _again(data),
        ),
    )


def _facts(data: ReportData) -> Table:
    run = data.run
    rows = [
        ("recording", run.path.name),
        ("scenario", run.scenario.name),
        ("seed", str(run.scenario.seed)),
        ("servers", f"{run.scenario.droplets:,}"),
        ("begins", run.scenario.start),
        ("ends", f"{clock_of(run.scenario, data.end_min)} of the scenario's clock"),
        ("state", "finished" if run.finished else "unfinished"),
        ("events", str(run.events)),
        ("digest", run.digest),
    ]
    return Table("The run", ("what", "value"), tuple(rows))


def _what_happened(data: ReportData) -> Section:
    told = Bullets((*story(data), *cost(data)))
    return Section("what-happened", "What happened", (told,))


def _plots(data: ReportData) -> Iterator[Section]:
    drawn = charts(data)
    bars = failing(data)
    if not drawn and bars is None:
        return
    words = Paragraph(
        "Times are the scenario's clock. A numbered line is a milestone of this run, by its number"
        " in the table of milestones; the same number beneath the axis is when it really was."
        " The shaded time is the most expensive stretch."
    )
    blocks = (words, *(() if bars is None else (bars,)), *drawn)
    yield Section("plots", "Plots", blocks)


# -- milestones -----------------------------------------------------------------------------------


def _milestones(data: ReportData) -> Section:
    listed = milestones_fidelity(data.run.milestones, staged=data.scenario.staged)
    rows = tuple(_milestone_row(one, data) for one in listed)
    head = ("milestone", "here", "really", "error", "tolerance", "verdict", "kind", "source")
    words = Paragraph(
        "Emergent milestones must come out by themselves; actions are inputs, and what people"
        " learned is no merit of a simulation. Real times are published ones; those from a source"
        " that has not been read again say so."
    )
    table = Table("Milestones, here and really", head, rows, (3, 4))
    return Section("milestones", "Milestones", (words, table))


def _milestone_row(one: MilestoneFidelity, data: ReportData) -> tuple[str, ...]:
    verdict = {None: "", True: "within", False: "off"}[one.within]
    if one.simulated_min is None and one.reference_min > data.end_min:
        verdict = "not yet due"
    return (
        f"{numbers()[one.id]} {wording.milestone_name(one.id)}",
        clock_of(data.scenario, one.simulated_min),
        clock_of(data.scenario, one.reference_min),
        "" if one.error_min is None else f"{one.error_min:+.1f} min",
        "" if one.tolerance_min is None else f"{one.tolerance_min:g} min",
        verdict,
        f"{one.kind}, staged" if one.staged else one.kind,
        f"{one.source} (reported)" if one.reported else one.source,
    )


# -- what was done --------------------------------------------------------------------------------


def _done(data: ReportData) -> Section:
    head = (
        "at",
        "action",
        "result",
        "lost while it was awaited",
        "lost a minute before, after",
    )
    rows = tuple(_action_row(one, data) for one in data.actions)
    words = Paragraph(
        "An action was awaited since the failure that its effects answer, as far as the narration"
        " tells of it; what customers lost from then on is its price. Prices overlap, because"
        " several remedies may be awaited at a time. The last column holds the losses of the"
        " quarter of an hour before against those of the one after."
    )
    blocks = [words, Table("Actions", head, rows)] if rows else [Paragraph("Nobody did anything.")]
    tables = (_faults(data), _changes(data), _markers(data))
    return Section("done", "What was done", (*blocks, *(one for one in tables if one.rows)))


def _action_row(one: PricedAction, data: ReportData) -> tuple[str, ...]:
    action = one.action
    price = "cannot be told"
    if one.lost is not None:
        price = f"{shown_count(one.lost)} (since {clock_of(data.scenario, one.awaited_min)})"
    before, after = (
        "?" if lost is None else shown_count(max(0.0, lost))
        for lost in (one.lost_before, one.lost_after)
    )
    return (
        clock_of(data.scenario, action.t_min),
        f"{action.id}{_arguments(action)}: {title_of(action.id)}",
        one.said or action.result,
        price,
        "" if before == after == "?" else f"{before}, {after}",
    )


def _arguments(action: ActionResultAt) -> str:
    words = ", ".join(
        f"{name}={value if isinstance(value, str) else f'{value:g}'}"
        for name, value in action.args.items()
    )
    return f" ({words})" if words else ""


def _faults(data: ReportData) -> Table:
    clock = data.scenario.clock
    rows = []
    for fault in data.scenario.faults:
        args = ", ".join(f"{name}={value}" for name, value in fault.args)
        end = "the end" if fault.end_ns is None else clock(fault.end_ns)[:5]
        rows.append((clock(fault.at_ns)[:5], fault.kind, fault.target, args, end))
    return Table("Faults", ("from", "kind", "what it strikes", "arguments", "to"), tuple(rows))


def _changes(data: ReportData) -> Table:
    clock = data.scenario.clock
    rows = [(clock(one.at_ns)[:5], one.path, one.value) for one in data.scenario.changes]
    return Table("Parameters changed during the run", ("at", "parameter", "value"), tuple(rows))


def _markers(data: ReportData) -> Table:
    clock = data.scenario.clock
    rows = [(clock(marker.t_ns)[:5], marker.name) for marker in data.markers]
    return Table("Markers", ("at", "name"), tuple(rows))


# -- impact, laws, latencies ----------------------------------------------------------------------


def _impact(data: ReportData) -> Iterator[Section]:
    impact, view = data.run.impact, data.view
    if impact is None or view is None or not view.services:
        return
    states = {service.name: service.state for service in view.services}
    total = max(1.0, impact.customer_minutes)
    names = list(impact.by_service) or list(data.titles)
    rows = []
    for name in sorted(names, key=lambda name: -impact.by_service.get(name, 0.0)):
        title, lost = service_title(data, name), impact.by_service.get(name)
        rate = "dynamodb.error_rate" if name == "dynamodb" else f"service.{name}.error_rate"
        track = data.tracks.get(rate)
        worst = "" if track is None else wording.percent(most_of(track)[0])
        share = "" if lost is None else wording.percent(min(1.0, lost / total))
        state = states.get(title, "")
        rows.append((title, "" if lost is None else shown_count(lost), share, worst, state))
    head = ("service", "customer-minutes lost", "of all", "worst error rate", "at the end")
    table = Table("Impact on each service", head, tuple(rows), (1, 2, 3))
    words = Paragraph(
        f"In all {shown_count(impact.customer_minutes)} customer-minutes lost,"
        f" {shown_count(impact.failed)} requests failed, {shown_count(impact.refused)} refused on"
        f" purpose; at worst {shown_share(impact.peak_services_down_share)} of services down. How"
        " many customers a service has is assumed."
    )
    yield Section("impact", "Impact", (words, table))


def _laws(data: ReportData) -> Iterator[Section]:
    if data.view is None or not data.view.checkers:
        return
    broken = [law for law in data.view.checkers if not law.held]
    held = len(data.view.checkers) - len(broken)
    words = Paragraph(
        f"{len(data.view.checkers)} laws were watched all the time; {held} held"
        f"{'' if broken else ', so all of them'}."
    )
    rows = tuple(
        (
            wording.law(law.name),
            "" if law.first_violation_ns is None else data.scenario.clock(law.first_violation_ns),
        )
        for law in broken
    )
    table = (Table("Laws that were broken", ("law", "first at"), rows),) if rows else ()
    yield Section("laws", "Laws that were watched", (words, *table))


def _latencies(data: ReportData) -> Iterator[Section]:
    if data.view is None or not data.view.latency:
        return
    head = ("operation", "count", "p50", "p90", "p99", "p99.9", "p99.99", "most", "p99 before T0")
    rows = tuple(_latency_row(one) for one in data.view.latency)
    table = Table("Latencies over the whole run", head, rows, tuple(range(1, len(head))))
    yield Section("latencies", "Latencies", (table,))


def _latency_row(one: LatencyView) -> tuple[str, ...]:
    curve = one.curve_ms
    places = (1, 3, 5, 7, 9)  # of the percentiles 0, 50, 75, 90, 95, 99, 99.5, 99.9, 99.95, 99.99
    known = [
        wording.milliseconds(curve[place]) if place < len(curve) and one.total else ""
        for place in places
    ]
    before = one.before
    calm = "" if before is None or len(before.points_ms) < 13 else before.points_ms[12]
    return (
        one.operation,
        shown_count(one.total),
        *known,
        wording.milliseconds(one.total_max_ms) if one.total else "",
        calm if isinstance(calm, str) else wording.milliseconds(calm),
    )


# -- why ------------------------------------------------------------------------------------------


def _causes(data: ReportData) -> Iterator[Section]:
    chains = tuple(each for name in MAIN_EVENTS for each in _chain(name, data))
    if not chains:
        return
    words = Paragraph(
        "Each of the main events, walked back along the most direct cause of each line to what set"
        " it off. Below each line stands the mechanism it reproduces and where that is known from."
    )
    unknown = Paragraph("This recording does not say why a line was told (format 1).")
    told = any(line.because for line in data.narration)
    yield Section("causes", "Why", (words, *(() if told else (unknown,)), *chains))


def _chain(name: str, data: ReportData) -> Iterator[Chain]:
    cause, here = milestone_cause(name), data.run.milestones.get(name)
    if cause is None or here is None:
        return
    at_ns = data.scenario.epoch_ns + round(here * MINUTE)
    line = latest_about(data.narration, cause.topics, at_ns + SLACK_NS)
    if line is None:
        return
    steps = []
    for step in chain({line.n: line for line in data.narration}, line.n):
        known = mechanism(step.line.about)
        about = "" if known is None else f"{known.text} Source: {known.source}."
        label = f"{data.scenario.clock(step.line.t_ns)} {step.line.component}"
        steps.append(Step(label, step.line.text, step.via, about))
    clock = clock_of(data.scenario, here)
    yield Chain(
        f"{wording.milestone_name(name)}, {clock}",
        f"It counts as happened when: {cause.condition}.",
        tuple(steps),
    )


# -- the run itself -------------------------------------------------------------------------------


def _changed(data: ReportData) -> Section:
    apart = settings_apart(Scenario.load(), data.scenario)
    if not apart:
        words = Paragraph("Every parameter is that of the reference scenario.")
        return Section("parameters", "Parameters changed", (words,))
    rows = tuple((path, *values) for path, values in apart.items())
    head = ("parameter", "reference", "this run")
    table = Table("Parameters that differ from the reference scenario", head, rows)
    return Section("parameters", "Parameters changed", (table,))


def _again(data: ReportData) -> Section:
    if data.run.finished:
        words = Paragraph("This command gives the same run, with the same digest.")
    else:
        words = Paragraph(
            "The recording is unfinished; this command gives the run as far as it goes."
        )
    notes = Bullets(
        (
            "outage-tui verify RECORDING executes it again and compares every event.",
            "outage-tui fork RECORDING --at WHEN goes another way from a moment of it.",
        )
    )
    return Section(
        "again", "The same run again", (words, Command(data.command), notes, _facts(data))
    )
