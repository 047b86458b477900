"""How a drill went, in three panels and no single number.

Outcome stands beside three other courses of the same drill; where one has not been run, that is
said. Nothing here ranks people: what was lost has many reasons, and history, with which it is
compared, is a reconstruction from a public account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from outage_agents.drills.names import Names
from outage_tui.dashboard.played_drill import action_title
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, beside, wrapped
from outage_tui.dashboard.renderables.player_wording import plural

if TYPE_CHECKING:
    from outage_agents.drills.gaps import Gap
    from outage_agents.drills.prices import Price
    from outage_agents.drills.score import Awareness, Conduct, Ghost, ObjectiveResult, Outcome
    from outage_tui.dashboard.played_drill import PlayedDrill
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.wording import Clock

BESIDE_WIDTH_MIN: Final = 120
_NAME_WIDTH: Final = 14
_NUMBER_WIDTH: Final = 7
_RANGE_FROM: Final = 70
_RANGE_WIDTH: Final = 18
"""For the least and the most that luck alone makes of a course."""
_SAME: Final = 0.02
"""Losses that differ by less are called the same."""
YOU: Final = "this play"


def draw_score(
    played: PlayedDrill, clock: Clock, ink: Ink, width: int, *, running: bool = False
) -> list[Line]:
    """All of it, from why it ended to how it is played again. `running`: the other courses are
    being run."""
    lines = _head(played, clock, ink, width)
    if width >= BESIDE_WIDTH_MIN:
        half = (width - 3) // 2
        outcome = outcome_lines(played, ink, half, running=running)
        left = [*outcome, Line(), *wait_lines(played, clock, ink, half)]
        right = [*conduct_lines(played, ink, half), Line(), *awareness_lines(played, ink, half)]
        lines += beside(left, right, 3, half, ink.glyphs.ellipsis)
    else:
        outcome = outcome_lines(played, ink, width, running=running)
        lines += [*outcome, Line(), *wait_lines(played, clock, ink, width), Line()]
        lines += [*conduct_lines(played, ink, width), Line(), *awareness_lines(played, ink, width)]
    return [*lines, Line(), *_matter(played, ink, width), Line(), *_again(played, ink, width)]


def _head(played: PlayedDrill, clock: Clock, ink: Ink, width: int) -> list[Line]:
    took = wording.duration((played.end_ns - played.begin_ns) / wording.SECOND_NS)
    first, last = clock.hm(played.begin_ns), clock.hm(played.end_ns)
    title = Line(played.drill.title, ink.accent).add(f"  {first} to {last}, {took}", ink.dim)
    over = wrapped(f"It is over: {played.why}.".replace("..", "."), ink.strong, width)
    return [title.cut(width, ink.glyphs.ellipsis), *over, Line()]


def _heading(title: str, about: str, ink: Ink, width: int) -> Line:
    return Line(title, ink.strong).add(f"  {about}", ink.dim).cut(width, ink.glyphs.ellipsis)


def _item(severity: Severity, text: str, ink: Ink, width: int) -> list[Line]:
    pieces = wrapped(text, ink.plain, max(8, width - 2))
    glyph = Line(f"{ink.glyph(severity)} ", ink.of(severity))
    return [(glyph if n == 0 else Line("  ")).join(piece) for n, piece in enumerate(pieces)]


# -- outcome -------------------------------------------------------------------------------------


def outcome_lines(
    played: PlayedDrill, ink: Ink, width: int, *, running: bool = False
) -> list[Line]:
    """What customers lost, beside other courses of the same drill."""
    outcome, measure = played.score.outcome, played.drill.measure
    lines = [_heading("OUTCOME", "customer-minutes lost from where you took over", ink, width)]
    missing = "being run" if running else "not run yet"
    lines += _bars(loss_courses(outcome), missing, ink, width)
    if outcome.measured is not None and measure is not None:
        about = f"and what this drill is about: {played.named(measure.title)}, {measure.unit}"
        lines += wrapped(about, ink.dim, width)
        lines += _bars(measured_courses(outcome), missing, ink, width)
    unit = "" if measure is None else measure.unit
    for text in (*compared(outcome, unit, running=running), _worst(outcome)):
        lines += _item("unknown", text, ink, width)
    return [*lines, *_objectives("outcome", played, ink, width)]


@attrs.frozen
class Course:
    """One way the drill can go, and what is lost in it."""

    name: str
    lost: float | None
    low: float | None = None
    high: float | None = None


def loss_courses(outcome: Outcome) -> list[Course]:
    """This play and its ghosts, by customer-minutes."""
    ghosts = [Course(one.id, one.customer_minutes, one.low, one.high) for one in outcome.ghosts]
    return [Course(YOU, outcome.customer_minutes), *ghosts]


def measured_courses(outcome: Outcome) -> list[Course]:
    """The same by what the drill measures."""
    ghosts = [
        Course(one.id, one.measured, one.measured_low, one.measured_high) for one in outcome.ghosts
    ]
    return [Course(YOU, outcome.measured), *ghosts]


def _bars(courses: list[Course], missing: str, ink: Ink, width: int) -> list[Line]:
    most = max([one.lost for one in courses if one.lost is not None], default=0.0)
    ranged = width >= _RANGE_FROM and any(one.low is not None for one in courses)
    left = width - _NAME_WIDTH - _NUMBER_WIDTH - 3 - (_RANGE_WIDTH if ranged else 0)
    room = max(6, min(40, left))
    lines = []
    for course in courses:
        mine = course.name == YOU
        line = Line().left(course.name, _NAME_WIDTH, ink.strong if mine else ink.plain)
        if course.lost is None:
            lines.append(line.add(f" {missing}", ink.dim))
            continue
        filled = round(room * course.lost / most) if most > 0 else 0
        number = wording.count(course.lost)
        line.right(number, _NUMBER_WIDTH, ink.strong if mine else ink.plain).add("  ")
        line.add(ink.glyphs.bar * filled, ink.accent if mine else ink.area)
        line.add(ink.glyphs.groove * (room - filled), ink.track)
        if ranged and course.low is not None and course.high is not None:
            by_luck = f"  {wording.count(course.low)} to {wording.count(course.high)}"
            line.add(by_luck, ink.dim)
        lines.append(line)
    return lines


def compared(outcome: Outcome, unit: str = "", *, running: bool = False) -> list[str]:
    """How the loss stands to the other courses, in words; `unit` is of what the drill measures."""
    texts = [text for one in outcome.ghosts if (text := _against(one, outcome, unit))]
    missing = [one.id for one in outcome.ghosts if one.customer_minutes is None]
    if missing and not running:
        texts.append(f"Not run yet, so nothing can be said against it: {', '.join(missing)}.")
    return texts


def _against(ghost: Ghost, outcome: Outcome, unit: str) -> str:
    mine, lost, same = outcome.customer_minutes, ghost.customer_minutes, ghost.same_luck
    what = "customer-minutes"
    if outcome.measured is not None and ghost.measured is not None:
        mine, lost, same = outcome.measured, ghost.measured, ghost.measured_same_luck
        what = unit or "of what it is about"
    if same is not None:
        lost = same
    if not lost:
        return ""
    course = {"do nothing": "when nobody does anything", "as in history": "in history"}
    told = course.get(ghost.id, f"in the {ghost.id} play")
    share = (mine - lost) / lost
    luck = ", with the same luck" if same is not None else ""
    how = f"; {ghost.standing}" if ghost.standing else ""
    if abs(share) < _SAME:
        return f"About as many {what} as {told}{luck}{how}."
    if share > 1:
        return f"{mine / lost:.1f} times as many {what} as {told}{luck}{how}."
    more = "more" if share > 0 else "fewer"
    return f"{wording.percent(abs(share))} {more} {what} than {told}{luck}{how}."


def _worst(outcome: Outcome) -> str:
    if outcome.peak_services_down_share <= 0:
        return "No service was down."
    peak = wording.percent(outcome.peak_services_down_share)
    again = f"; then {plural(outcome.relapses, 'relapse')}" if outcome.relapses else ""
    return f"At the worst {peak} of services were down{again}."


def wait_lines(played: PlayedDrill, clock: Clock, ink: Ink, width: int) -> list[Line]:
    """The wait that cost most, and those of that night beside the same here."""
    prices = [one for one in played.score.prices if one.customer_minutes > 0]
    lines = [_heading("THE MOST EXPENSIVE WAIT", "what customers lost meanwhile", ink, width)]
    if not prices:
        lines += _item("ok", "No wait cost customers anything.", ink, width)
    else:
        dearest = max(prices, key=lambda one: one.customer_minutes)
        acted = [one for one in prices if one.what != "the end" and one is not dearest]
        beside_it = [max(acted, key=lambda one: one.customer_minutes)] if acted else []
        told = [dearest, *(beside_it if dearest.what == "the end" else [])]
        for one in told:
            lines += _item("unknown", _price_words(one, played, clock), ink, width)
    for gap in played.score.outcome.gaps:
        lines += _item("unknown", gap_words(gap), ink, width)
    return lines


def gap_words(gap: Gap) -> str:
    """A wait of that night, and how long it was here."""
    took = wording.duration(gap.minutes * 60)
    here = f"{took} and not over" if gap.until_ns is None else took
    that_night = wording.duration(gap.history_min * 60)
    return f"{gap.title[:1].upper()}{gap.title[1:]}: {here} (that night {that_night})."


def _price_words(price: Price, played: PlayedDrill, clock: Clock) -> str:
    since = clock.hm(price.t_ns - price.waited_s * wording.SECOND_NS)
    until, waited = clock.hm(price.t_ns), wording.duration(price.waited_s)
    lost = f"{wording.count(price.customer_minutes)} customer-minutes"
    why = played.named(price.because)
    if price.what == "the end":
        return f"From {why or 'then'} at {since} to the end at {until}, {waited}: {lost}."
    title = action_title(price.what, Names(played.drill.names))
    reason = f", {why}" if why else ""
    return f'From {since}{reason}, until "{title}" was begun at {until}, {waited}: {lost}.'


# -- conduct and awareness -----------------------------------------------------------------------


def conduct_lines(played: PlayedDrill, ink: Ink, width: int) -> list[Line]:
    """How the incident was commanded."""
    lines = [_heading("CONDUCT", "how it was commanded", ink, width)]
    for severity, text in conduct_words(played.score.conduct):
        lines += _item(severity, text, ink, width)
    return [*lines, *_objectives("conduct", played, ink, width)]


def conduct_words(conduct: Conduct) -> list[tuple[Severity, str]]:
    """Its parts, each in one sentence."""
    return [*_told_words(conduct), *_acted_words(conduct)]


def _told_words(conduct: Conduct) -> list[tuple[Severity, str]]:
    words: list[tuple[Severity, str]] = [
        _when("An incident was declared", conduct.declared_after_s, "No incident was declared."),
        _when("Customers heard first", conduct.first_post_after_s, "Customers were told nothing."),
    ]
    if conduct.posts:
        late, told = conduct.posts_late, plural(conduct.posts, "update")
        kept = "the next one came late" if late else "each followed in time"
        times = f", {plural(late, 'time')}" if late > 1 else ""
        words.append(("caution" if late else "ok", f"{told} to customers; {kept}{times}."))
    if conduct.all_clear_too_early:
        words.append(("bad", "The all-clear came while services were down, or soon again."))
    return words


def _acted_words(conduct: Conduct) -> list[tuple[Severity, str]]:
    words: list[tuple[Severity, str]] = []
    if not conduct.actions:
        words.append(("unknown", "No action was begun."))
    else:
        text = f"{plural(conduct.actions, 'action')} begun"
        if conduct.needless:
            text += f"; {conduct.needless} refused or not needed"
        if conduct.decoys:
            text += f"; {conduct.decoys} that could change nothing in the Region"
        words.append(("caution" if conduct.needless or conduct.decoys else "ok", f"{text}."))
    if conduct.verified_share is not None:
        share = conduct.verified_share
        text = f"Of what was done, {wording.percent(share)} was looked at soon after."
        words.append(("ok" if share > 0.5 else "caution", text))
    if conduct.failover_left_off:
        words.append(("caution", "Automatic failover is still off."))
    if conduct.hint_min:
        words.append(("unknown", f"Hints were taken for {conduct.hint_min} min."))
    return words


def _when(what: str, after_s: int | None, never: str) -> tuple[Severity, str]:
    if after_s is None:
        return "bad", never
    return "ok", f"{what} {after(after_s)}."


def after(seconds: int) -> str:
    """`at once`, `after 12 min`."""
    return "at once" if seconds < 60 else f"after {wording.duration(seconds)}"


def awareness_lines(played: PlayedDrill, ink: Ink, width: int) -> list[Line]:
    """Whether those who commanded knew where they stood."""
    lines = [_heading("AWARENESS", "knowing where one stands", ink, width)]
    for severity, text in awareness_words(played):
        lines += _item(severity, text, ink, width)
    return [*lines, *_objectives("awareness", played, ink, width)]


def awareness_words(played: PlayedDrill) -> list[tuple[Severity, str]]:
    """Its parts, each in one sentence."""
    known = played.score.awareness
    words: list[tuple[Severity, str]] = []
    if known.probes:
        right, asked = known.probes_right, plural(known.probes, "question")
        level: Severity = "ok" if right == known.probes else "caution"
        words.append((level, f"{asked} asked in between; {right} answered within tolerance."))
    if known.brier is None:
        words.append(
            ("unknown", "No expectation could be judged: none was a condition whose time came.")
        )
    else:
        judged = plural(known.judged, "expectation")
        words.append(("unknown", f"{judged} judged. {_founded(known)}"))
    right, wrong = known.hypotheses_right, known.hypotheses_wrong
    if right or wrong:
        text = f"Of suspicions from the call, {right} judged rightly, {wrong} wrongly."
        words.append(("ok" if not wrong else "caution", text))
    return words


def calibration(brier: float) -> str:
    """The mean square of confidence against what came, in words."""
    figure = f"({brier:.2f}; 0 is perfect, 0.25 is tossing a coin)"
    if brier <= 0.1:
        return f"How sure you were fits what came {figure}."
    if brier <= 0.25:
        return f"How sure you were fits what came in part {figure}."
    return f"What came was often not what you were sure of {figure}."


def _founded(known: Awareness) -> str:
    words = known.calibration
    if not words:
        return calibration(known.brier or 0.0)
    return wording.spaced(f"{words[:1].upper()}{words[1:]}.")


def _objectives(panel: str, played: PlayedDrill, ink: Ink, width: int) -> list[Line]:
    lines: list[Line] = []
    for one in played.score.objectives:
        if one.panel == panel:
            lines += _item("ok" if one.met else "bad", _objective_words(one, played), ink, width)
    return lines


def _objective_words(objective: ObjectiveResult, played: PlayedDrill) -> str:
    title = played.named(objective.title)
    if objective.after_s is None:
        return f"{'Met' if objective.met else 'Not met'}: {title}."
    how = "Met" if objective.met else "Not met"
    return f"{how}, {after(objective.after_s)}: {title}."


# -- the rest ------------------------------------------------------------------------------------


def _matter(played: PlayedDrill, ink: Ink, width: int) -> list[Line]:
    lines = [Line("WHAT WAS THE MATTER", ink.strong)]
    text = " ".join(played.drill.debrief.split()) or "The drill's author does not say."
    lines += wrapped(text, ink.plain, width)
    note = "History is a reconstruction from a public account; people then did not know what you do"
    return [*lines, *wrapped(f"{note} now.", ink.dim, width)]


def _again(played: PlayedDrill, ink: Ink, width: int) -> list[Line]:
    lines = [Line("TO KEEP", ink.strong)]
    rows = [("recording", str(played.recording)), ("once more", played.command)]
    for name, text in rows:
        if text:
            pieces = wrapped(text, ink.plain, max(8, width - 11))
            lines.append(Line().left(name, 11, ink.dim).join(pieces[0]))
            lines += [Line(" " * 11).join(piece) for piece in pieces[1:]]
    return lines
