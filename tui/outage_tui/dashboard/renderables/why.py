"""Why? The chain of causes behind an event, a service or a milestone, back to what set it off.

Read from the top: what happened, what it followed from, and so on. Between two lines stands who
sent what to whom; below each line the mechanism it reproduces and the document that tells of it, or
that it is assumed. All of it comes from the lines of the narration, live or recorded, and from one
table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_agents.action_catalogue import CATALOGUE
from outage_agents.causes import chain, latest_about, mechanism, milestone_cause
from outage_agents.milestones import ACTION_MILESTONES
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, wrapped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from outage_agents.causes import Step, Told
    from outage_agents.views import MilestoneView, NarrationView, ServiceView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

SLACK_NS: Final = 7 * wording.MINUTE_NS
"""A milestone that needs five quiet minutes is dated back to the first; its line comes later."""
_SEVERITY: Final[dict[str, Severity]] = {"warning": "caution", "error": "bad"}
_TOPICS: Final = {
    "dns": ("dns.*", "resolver.*", "dynamodb.*"),
    "leases": ("dwfm.*",),
    "launches": ("launches.*", "nm.*"),
    "nlb": ("nlb.*",),
    "services": ("service.*",),
}
"""What a panel tells of, for the why of a whole panel."""


@attrs.frozen
class Subject:
    """What is to be explained."""

    title: str
    """In a few words."""
    n: int
    """Line of the narration at which its chain begins; 0: no line tells of it."""
    words: str = ""
    """A sentence before the chain: a milestone's condition, what is known of a service."""


@attrs.frozen
class Explained:
    """A drawing, and the line of the narration that each of its rows stands for."""

    lines: list[Line]
    numbers: list[int]
    """0 for rows that stand for none."""


# -- what may be asked --------------------------------------------------------------------------


def subject_of(scene: Scene, part: str, chosen: int) -> Subject | None:
    """What `w` asks about: the chosen event, or the latest thing that the focused panel tells of.

    None while nothing has been told.
    """
    if chosen and any(line.n == chosen for line in scene.lines):
        return event_subject(scene, chosen)
    if part == "services":
        failing = [one for one in scene.view.services if one.state != "ok"]
        if failing:
            return service_subject(scene, max(failing, key=lambda one: one.error_rate))
    if part == "timeline":
        passed = happened(scene)
        if passed:
            return milestone_subject(scene, passed[-1])
    lines = list(scene.lines)
    until_ns = scene.view.t_ns
    told = latest_about(lines, _TOPICS.get(part, ()), until_ns)
    told = told or next((line for line in reversed(lines) if line.level == "error"), None)
    told = told or (lines[-1] if lines else None)
    return None if told is None else event_subject(scene, told.n)


def event_subject(scene: Scene, n: int) -> Subject:
    """A line of the narration."""
    return Subject("event", n)


def service_subject(scene: Scene, service: ServiceView) -> Subject:
    """A service: the line that told of its failing last, or of its recovery."""
    told = _latest_of_service(scene, service.name)
    since = "" if service.since_ns is None else f" since {scene.clock.hm(service.since_ns)}"
    rate = wording.percent(service.error_rate)
    if service.state == "ok":
        words = f"{service.name} is well: {rate} of its requests fail."
    else:
        through = wording.dependency(service.through)
        words = (
            f"{service.name} is {service.state}{since}: {rate} of requests fail, through {through}."
        )
    return Subject(service.name, 0 if told is None else told.n, words)


def _latest_of_service(scene: Scene, name: str) -> NarrationView | None:
    for line in reversed(scene.lines):
        if line.about.startswith("service.") and line.text.startswith(f"{name}:"):
            return line
    return None


def milestone_subject(scene: Scene, milestone: MilestoneView) -> Subject:
    """A milestone: the condition that makes it happen, and the line that met it."""
    name = wording.milestone_name(milestone.id)
    if milestone.t_min is None:
        return Subject(name, 0, f"{name} has not happened.")
    at_ns = scene.clock.of_minutes(milestone.t_min)
    when = f"{scene.clock.hm(at_ns)} ({scene.clock.t_plus(at_ns)})"
    known = milestone_cause(milestone.id)
    if known is not None:
        told = latest_about(list(scene.lines), known.topics, at_ns + SLACK_NS)
        condition = f"It counts as happened when: {known.condition} (milestones.md)."
    else:
        actions = [action for action, whole in ACTION_MILESTONES.items() if whole == milestone.id]
        topics = tuple(f"action.{action}.result" for action in actions)
        told = latest_about(list(scene.lines), topics, at_ns + SLACK_NS)
        condition = f"It is an action of the operators: {' and '.join(actions)}."
    return Subject(name, 0 if told is None else told.n, f"{name}, {when}. {condition}")


def happened(scene: Scene) -> list[MilestoneView]:
    """Milestones up to the moment shown, in their order."""
    passed = [
        milestone
        for milestone in scene.milestones
        if milestone.t_min is not None
        and scene.clock.of_minutes(milestone.t_min) <= scene.view.t_ns
    ]
    return sorted(passed, key=lambda milestone: milestone.t_min or 0.0)


# -- the drawing ----------------------------------------------------------------------------------


def draw_why(subject: Subject, scene: Scene, width: int, chosen: int = 0) -> list[Line]:
    """The subject, then each line of its chain; line `chosen` is set off."""
    return explained(subject, scene, width, chosen).lines


def explained(subject: Subject, scene: Scene, width: int, chosen: int = 0) -> Explained:
    """The same, with the lines of the narration behind the rows."""
    ink = scene.ink
    lines = wrapped(subject.words, ink.strong, width)
    numbers = [0] * len(lines)
    told: Mapping[int, NarrationView] = {line.n: line for line in scene.lines}
    if subject.n not in told:
        lines += wrapped("No line of the narration tells of it yet.", ink.dim, width)
        return Explained(lines, [*numbers, 0])
    if lines:
        lines.append(Line())
        numbers.append(0)
    steps = chain(told, subject.n)
    for place, step in enumerate(steps):
        if place:
            lines.append(_link(step, steps[place - 1].line, ink).cut(width, ink.glyphs.ellipsis))
            numbers.append(0)
        drawn, stands_for = _step(step, scene, width, chosen)
        lines += drawn
        numbers += stands_for
    ended = _ending(steps[-1].line, scene, width)
    return Explained([*lines, Line(), *ended], numbers + [0] * (1 + len(ended)))


def chain_numbers(subject: Subject, scene: Scene) -> list[int]:
    """Lines that can be chosen, from the top: the chain, and what else each follows from."""
    drawn = explained(subject, scene, 200)
    return list(dict.fromkeys(n for n in drawn.numbers if n))


def _step(step: Step, scene: Scene, width: int, chosen: int) -> tuple[list[Line], list[int]]:
    ink, line = scene.ink, step.line
    lines = _told_line(line, scene, width, chosen=line.n == chosen)
    numbers = [line.n] * len(lines)
    known = mechanism(line.about) if line.about else None
    if known is not None:
        how = wrapped(_effect(line.about) or known.text, ink.plain, width - _INDENT)
        source = wrapped(f"source: {known.source}", ink.dim, width - _INDENT)
        lines += [Line().to(_INDENT).join(piece) for piece in (*how, *source)]
        numbers += [0] * (len(how) + len(source))
    for other, via in step.besides:
        words = f"also: {scene.clock.hms(other.t_ns)} {_by(other, scene)}"
        brought = f" ({via})" if via else ""
        style = ink.badge if other.n == chosen else ink.dim
        rows = wrapped(f"{words}{brought}", style, width - _INDENT, "  ")
        lines += [Line().to(_INDENT).join(row) for row in rows]
        numbers += [other.n] * len(rows)
    return lines, numbers


_INDENT: Final = 9
_EFFECTS: Final = {f"action.{action.id}": action.effect for action in CATALOGUE}


def _effect(topic: str) -> str:
    """What an action of the catalogue brings about; empty for every other topic."""
    effect = _EFFECTS.get(topic, "")
    return f"Its effect: {effect}." if effect else ""


def _told_line(line: Told, scene: Scene, width: int, *, chosen: bool) -> list[Line]:
    ink = scene.ink
    level = _SEVERITY.get(line.level, "unknown")
    style = ink.of(level) if level != "unknown" else ink.strong
    first = Line(f"{scene.clock.hms(line.t_ns)} ", ink.badge if chosen else ink.accent)
    pieces = wrapped(_by(line, scene), style, width - _INDENT)
    return [
        first.join(piece) if not place else Line().to(_INDENT).join(piece)
        for place, piece in enumerate(pieces)
    ]


def _by(line: Told, scene: Scene) -> str:
    """Who said what; a service's own name stands in its text."""
    own = line.component.startswith("service-") and ":" in line.text
    return _said(line, scene) if own else f"{line.component}: {_said(line, scene)}"


def _said(line: Told, scene: Scene) -> str:
    return wording.spaced(line.text.replace(scene.view.dns.endpoint, "the endpoint"))


def _link(step: Step, effect: Told, ink: Ink) -> Line:
    """Who sent what to whom, between an effect and its cause."""
    row = Line("   because ", ink.accent)
    message, _, sender = step.via.partition(" from ")
    if sender:
        return row.add(f"{sender} sent {effect.component}: {message}", ink.dim)
    if step.via:
        return row.add(f"of {step.via}", ink.dim)
    if step.line.component == effect.component:
        return row.add(f"{effect.component} saw it itself", ink.dim)
    return row.add("of what was seen there", ink.dim)


def _ending(first: Told, scene: Scene, width: int) -> list[Line]:
    ink = scene.ink
    known = mechanism(first.about) if first.about else None
    if not first.about:
        words = "This recording keeps no causes: it was made by an older version."
    elif known is not None and known.sets_off:
        words = f"Set off by {known.sets_off}."
    else:
        words = "Nothing that was told before this led to it."
    lines = wrapped(words, ink.strong, width)
    if known is not None and known.sets_off.startswith("a fault") and first.component != "faults":
        for fault in _faults_before(first, scene):
            told = f"in force then: {scene.clock.hms(fault.t_ns)} {fault.text}"
            lines += wrapped(told, ink.caution, width)
    return lines


def _faults_before(line: Told, scene: Scene) -> list[NarrationView]:
    """Faults that had begun by then and were not over: the teller cannot know which it was."""
    found: dict[str, NarrationView] = {}
    for other in scene.lines:
        if other.n >= line.n:
            break
        if other.about.startswith("fault."):
            which, over = other.text.removesuffix(" is over"), other.text.endswith(" is over")
            if over:
                found.pop(which, None)
            else:
                found[which.removesuffix(" begins")] = other
    return list(found.values())


def as_text(subject: Subject, scene: Scene) -> str:
    """The whole of it for copying."""
    return "\n".join(line.text.rstrip() for line in draw_why(subject, scene, 100))


def subjects(scene: Scene, first: Subject) -> Sequence[Subject]:
    """What the keys [ and ] go through: the first one, then milestones, then failing services."""
    milestones = [milestone_subject(scene, milestone) for milestone in happened(scene)]
    failing = [service_subject(scene, one) for one in scene.view.services if one.state != "ok"]
    return [first, *milestones, *failing]
