"""How a drill went, in three panels and no single number.

Outcome stands beside three other courses of the same drill; where one has not been run, that is
said. Nothing here ranks people: what was lost has many reasons, and history, with which it is
compared, is a reconstruction from a public account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_agents.drills.names import Names
from outage_tui.dashboard.played_drill import action_title
from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.line import Line, beside, wrapped
from outage_tui.dashboard.renderables.player_wording import plural

if TYPE_CHECKING:
    from outage_agents.drills.score import Conduct, ObjectiveResult, Outcome, Price
    from outage_tui.dashboard.played_drill import PlayedDrill
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.wording import Clock

BESIDE_WIDTH_MIN: Final = 120
_NAME_WIDTH: Final = 14
_NUMBER_WIDTH: Final = 7
_SAME: Final = 0.02
"""Losses that differ by less are called the same."""
YOU: Final = "this play"


def draw_score(played: PlayedDrill, clock: Clock, ink: Ink, width: int) -> list[Line]:
    """All of it, from why it ended to how it is played again."""
    lines = _head(played, clock, ink, width)
    outcome = outcome_lines(played, ink, width)
    if width >= BESIDE_WIDTH_MIN:
        half = (width - 3) // 2
        left = [*outcome_lines(played, ink, half), Line(), *wait_lines(played, clock, ink, half)]
        right = [*conduct_lines(played, ink, half), Line(), *awareness_lines(played, ink, half)]
        lines += beside(left, right, 3, half, ink.glyphs.ellipsis)
    else:
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


def outcome_lines(played: PlayedDrill, ink: Ink, width: int) -> list[Line]:
    """What customers lost, beside other courses of the same drill."""
    outcome = played.score.outcome
    lines = [_heading("OUTCOME", "customer-minutes lost, from where you took over", ink, width)]
    lines += _bars(outcome, ink, width)
    for text in compared(outcome):
        lines += _item("unknown", text, ink, width)
    lines += _item("unknown", _worst(outcome), ink, width)
    if outcome.measured is not None and played.drill.measure is not None:
        measure = played.drill.measure
        total = f"{wording.count(outcome.measured)} {measure.unit}"
        lines += _item(
            "unknown",
            f"What this drill is about, {played.named(measure.title)}: {total}.",
            ink,
            width,
        )
    return [*lines, *_objectives("outcome", played, ink, width)]


def _worst(outcome: Outcome) -> str:
    if outcome.peak_services_down_share <= 0:
        return "No service was down."
    peak = wording.percent(outcome.peak_services_down_share)
    again = f"; then {plural(outcome.relapses, 'relapse')}" if outcome.relapses else ""
    return f"At the worst {peak} of services were down{again}."


def _bars(outcome: Outcome, ink: Ink, width: int) -> list[Line]:
    rows: list[tuple[str, float | None]] = [(YOU, outcome.customer_minutes)]
    rows += [(ghost.id, ghost.customer_minutes) for ghost in outcome.ghosts]
    most = max([lost for _, lost in rows if lost is not None], default=0.0)
    room = max(6, min(40, width - _NAME_WIDTH - _NUMBER_WIDTH - 3))
    lines = []
    for name, lost in rows:
        mine = name == YOU
        line = Line().left(name, _NAME_WIDTH, ink.strong if mine else ink.plain)
        if lost is None:
            lines.append(line.add(" not run yet", ink.dim))
            continue
        filled = round(room * lost / most) if most > 0 else 0
        line.right(wording.count(lost), _NUMBER_WIDTH, ink.strong if mine else ink.plain).add("  ")
        line.add(ink.glyphs.bar * filled, ink.accent if mine else ink.area)
        lines.append(line.add(ink.glyphs.groove * (room - filled), ink.track))
    return lines


def compared(outcome: Outcome) -> list[str]:
    """How the loss stands to the other courses, in words."""
    known = [(one.id, one.customer_minutes) for one in outcome.ghosts]
    texts = [_against(name, outcome.customer_minutes, lost) for name, lost in known if lost]
    missing = [name for name, lost in known if lost is None]
    if missing:
        texts.append(f"Not run yet, so nothing can be said against it: {', '.join(missing)}.")
    return texts


def _against(name: str, mine: float, lost: float) -> str:
    share = (mine - lost) / lost
    course = {"do nothing": "when nobody does anything", "as in history": "as in history"}
    told = course.get(name, f"in the {name} play")
    if abs(share) < _SAME:
        return f"About as much as {told}."
    return f"{wording.percent(abs(share))} {'more' if share > 0 else 'less'} than {told}."


def wait_lines(played: PlayedDrill, clock: Clock, ink: Ink, width: int) -> list[Line]:
    """The wait that cost most."""
    prices = [one for one in played.score.prices if one.customer_minutes > 0]
    lines = [_heading("THE MOST EXPENSIVE WAIT", "what customers lost meanwhile", ink, width)]
    if not prices:
        return [*lines, *_item("ok", "No wait cost customers anything.", ink, width)]
    dearest = max(prices, key=lambda one: one.customer_minutes)
    return [*lines, *_item("unknown", _price_words(dearest, played, clock), ink, width)]


def _price_words(price: Price, played: PlayedDrill, clock: Clock) -> str:
    since = clock.hm(price.t_ns - price.waited_s * wording.SECOND_NS)
    until = clock.hm(price.t_ns)
    names = Names(played.drill.names)
    before = f'"{action_title(price.what, names)}" was begun'
    what = "the end" if price.what == "the end" else before
    lost = f"{wording.count(price.customer_minutes)} customer-minutes"
    return f"{since} to {until}, {wording.duration(price.waited_s)} before {what}: {lost}."


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
        words.append((level, f"{right} of {asked} in between answered within tolerance."))
    if known.brier is None:
        words.append(
            ("unknown", "No expectation could be judged: none was a condition whose time came.")
        )
    else:
        judged = plural(known.judged, "expectation")
        words.append(("unknown", f"{judged} judged. {calibration(known.brier)}"))
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
