"""DNS: the alias tree of the regional endpoint, with the three Enactors beside it.

A race is to be *watched*: who walks with which plan, how far, held or blocked by what, and whose
clean-up comes next. Each dangerous state has a sentence of its own, and what a clean-up is going to
delete is said before it does. When the name is empty, the panel says what `dig` would say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from outage_tui.dashboard.renderables import wording
from outage_tui.dashboard.renderables.bar import bar
from outage_tui.dashboard.renderables.dig import dig_in_full, dig_in_short
from outage_tui.dashboard.renderables.events import matches, matches_text
from outage_tui.dashboard.renderables.line import Line, beside, wrapped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from outage_agents.views import DnsView, EnactorView, NarrationView
    from outage_tui.dashboard.renderables.ink import Ink, Severity
    from outage_tui.dashboard.renderables.scene import Scene

WIDE: Final = 64
"""From here on an Enactor's row has room for its zone, age and retries."""
WHOLE_HEIGHT: Final = 44
"""From here on `dig` is quoted in full, and the other broken endpoints are listed."""
BESIDE_WIDTH: Final = 68
BESIDE_WIDTH_MIN: Final = 140
BESIDE_HEIGHT_MIN: Final = 22
"""From here on they stand beside the rest, so wide."""


def draw_dns(scene: Scene, width: int, height: int, scroll: int = 0) -> list[Line]:
    """The panel; alone on a wide screen, `dig` and the broken endpoints stand beside the rest."""
    right: list[Line] = []
    if width >= BESIDE_WIDTH_MIN and height >= BESIDE_HEIGHT_MIN:
        right = [*dig_in_full(scene.view.dns, scene.ink), *_broken(scene, BESIDE_WIDTH)]
    if not right:
        return _column(scene, width, height, alone=True)[scroll:]
    left = width - BESIDE_WIDTH - 2
    column = _column(scene, left, height, alone=False)
    return beside(column, right, 2, left, scene.ink.glyphs.ellipsis)[scroll:]


def _column(scene: Scene, width: int, height: int, *, alone: bool) -> list[Line]:
    """The most important line first, so that a low panel loses the least."""
    dns, ink = scene.view.dns, scene.ink
    tree, later = _tree(scene, width), _facts(dns, ink, width)
    enactors = [one for one in dns.enactors if _wanted(one, scene.wanted)]
    words = wrapped(sentence(dns), _sentence_style(dns, ink), width)
    if len(words) + 3 + len(enactors) > height:
        words = wrapped(sentence(dns, short=True), _sentence_style(dns, ink), width)
    filtered = [Line("filter ", ink.dim).add(scene.wanted, ink.accent)] if scene.wanted else []
    lines = [_headline(scene), *filtered, *words]
    digs = dig_in_short(dns, ink, width) if alone else []
    if height < len(lines) + len(tree) + len(enactors) + len(digs):
        # The Enactors are what the panel is for: the lesser branches go below them.
        tree, later = tree[:2], [*tree[2:], *later]
    lines += tree
    spaced = height - len(lines) >= 2 * len(enactors) + len(later) + len(digs) + 3
    gap = [Line()] if spaced else []
    lines += gap
    notes = height - len(lines) - len(digs) - len(gap) >= 2 * len(enactors)
    for enactor in enactors:
        lines += _enactor(enactor, dns, ink, width, with_note=notes)
    if alone and height >= WHOLE_HEIGHT:
        digs = dig_in_full(dns, ink)
        later = [*later, *_broken(scene, width)]
    lines += [*(gap if digs else ()), *digs]
    told = _told(scene, width, height - len(lines) - len(gap) - len(later))
    return [*lines, *(gap if told else ()), *told, *gap, *later]


def severity(dns: DnsView) -> Severity:
    """How bad the regional endpoint's state is."""
    if dns.state == "empty":
        return "critical"
    if dns.state == "stale" or not dns.target_exists:
        return "caution"
    return "ok"


# -- what is going on, in words -------------------------------------------------------------------


def sentence(dns: DnsView, *, short: bool = False) -> str:
    """What is going on, in words a stranger understands; `short` where there is little room."""
    if dns.state == "empty":
        gone = "" if dns.target_exists else f": plan {dns.target_generation} was deleted in use"
        return f"dig answers NOERROR with 0 addresses{gone}. New connections fail."
    danger = danger_in_words(dns, short=short)
    if dns.state == "stale" and not (short and danger):
        behind = dns.newest_generation - dns.target_generation
        stale = f"STALE OVERWRITE: a plan {behind} generations old replaced a newer one."
        return f"{stale} {danger}" if danger else stale
    if danger:
        return danger
    if dns.customers_empty_share > 0.0:
        left = wording.waiting(dns.customers_empty_left_s)
        return (
            f"Answers are good again, but {wording.percent(dns.customers_empty_share)} of"
            f" customers' resolvers keep the empty one, half of them for {left} or longer."
        )
    if dns.automation == "stopped":
        return "Answers are good. The DNS automation is stopped by hand."
    if dns.broken_endpoints:
        return f"This name is good; {dns.broken_endpoints} other endpoints have no answer."
    return "Answers are good; plans are applied as they are made."


def cleaner(dns: DnsView) -> EnactorView | None:
    """The Enactor whose clean-up deletes, or will delete, the plan that the endpoint points to."""
    if not dns.target_exists:
        return None
    threats = [one for one in dns.enactors if one.deletes_below > dns.target_generation]
    return next((one for one in threats if one.state == "cleaning"), next(iter(threats), None))


def laggard(dns: DnsView) -> tuple[EnactorView, EnactorView] | None:
    """An Enactor that still applies a plan which another one's clean-up deletes, and that one."""
    for late in dns.enactors:
        for other in dns.enactors:
            if late.state in _AT_WORK and 0 < late.generation < other.deletes_below:
                return late, other
    return None


def danger_in_words(dns: DnsView, *, short: bool = False) -> str:
    """What will go wrong next if nobody does anything; empty when nothing will."""
    threat = cleaner(dns)
    if threat is not None and short:
        return f"DANGER: {threat.name}'s clean-up deletes plan {dns.target_generation}, in use."
    if threat is not None:
        when = "is deleting" if threat.state == "cleaning" else "will delete, after its pass,"
        return (
            f"DANGER: {threat.name} {when} every plan below {threat.deletes_below}, by age; plan"
            f" {dns.target_generation}, which this name points to, is one of them."
        )
    race = laggard(dns)
    if race is not None and dns.target_exists:
        late, other = race
        if short:
            return f"RACE: {late.name} still writes plan {late.generation}, about to be deleted."
        return (
            f"RACE: {late.name} still goes on with plan {late.generation}, and {other.name} deletes"
            f" every plan below {other.deletes_below}: what {late.name} writes now will be deleted."
        )
    return ""


_AT_WORK: Final = ("applying", "held", "blocked")


def _sentence_style(dns: DnsView, ink: Ink) -> Style:
    if dns.state == "empty" or cleaner(dns) is not None:
        return ink.bad
    if dns.state != "ok":
        return ink.of(severity(dns))
    return ink.caution if danger_in_words(dns) or dns.customers_empty_share > 0.0 else ink.dim


def _headline(scene: Scene) -> Line:
    dns, ink = scene.view.dns, scene.ink
    level, danger = severity(dns), danger_in_words(dns, short=True)
    good = "since"
    word = dns.state.upper()
    if level == "ok" and danger:
        level, word, good = "caution", danger.partition(":")[0], "good since"
    line = Line(f" {ink.glyph(level)} {word} ", ink.of(level))
    line.add(f" {good} {scene.clock.hms(dns.since_ns)}", ink.strong)
    return line.add(f" ({wording.duration(scene.ago(dns.since_ns))})", ink.dim)


# -- the tree -------------------------------------------------------------------------------------


def _tree(scene: Scene, width: int) -> list[Line]:
    """Alias, what it points to, rollback alias, lock; the two that matter most come first."""
    dns, ink = scene.view.dns, scene.ink
    twig, last = ("+- ", "`- ") if ink.glyphs.rail == "-" else ("├ ", "└ ")
    behind = dns.newest_generation - dns.target_generation
    target = Line(dns.endpoint if width > 50 else "endpoint", ink.plain)
    target.add(f" {ink.glyphs.arrow} plan {dns.target_generation} ", ink.strong)
    if dns.target_exists:
        target.add("exists", ink.good)
    else:
        target.add(f"{ink.glyphs.bad} DELETED", ink.bad)
    answers = Line(f"{twig}answers  ", ink.dim)
    if dns.answer_count:
        answers.add(f"{dns.answer_count} addresses", ink.strong)
        shown = 0
        while shown < len(dns.answers) and answers.width + len(dns.answers[shown]) + 3 <= width:
            answers.add(f" {dns.answers[shown]}", ink.plain)
            shown += 1
        answers.add(ink.glyphs.ellipsis if shown < dns.answer_count else "", ink.dim)
    else:
        answers.add(f"{ink.glyphs.bad} none", ink.bad)
    rollback = Line(f"{twig}rollback ", ink.dim)
    rollback.add(f"{ink.glyphs.arrow} plan {dns.rollback_generation} ", ink.plain)
    if dns.rollback_exists:
        rollback.add("exists", ink.plain)
    else:
        rollback.add(f"{ink.glyphs.bad} gone", ink.caution)
    newest = f"  newest {dns.newest_generation}, {behind} ahead"
    for row in (target, rollback):
        if behind > 0 and row.width + len(newest) <= width:
            row.add(newest, ink.dim)
            break
    lock = Line(f"{last}lock     ", ink.dim).add(dns.lock_holder or "free", ink.plain)
    if dns.lock_holder:
        lock.add(f", epoch {dns.lock_epoch}", ink.dim)
        lock.add(f" ({scene.clock.hms(dns.lock_epoch * wording.SECOND_NS)})", ink.dim)
    return [target, answers, rollback, lock]


# -- the Enactors ---------------------------------------------------------------------------------

_ENACTOR_SEVERITY: Final[dict[str, Severity]] = {
    "waiting": "unknown",
    "applying": "ok",
    "held": "caution",
    "blocked": "bad",
    "cleaning": "ok",
    "stopped": "unknown",
}


def _wanted(enactor: EnactorView, wanted: str) -> bool:
    return matches_text(f"{enactor.name} {enactor.state} {enactor.note}", wanted)


def _enactor(
    enactor: EnactorView, dns: DnsView, ink: Ink, width: int, *, with_note: bool
) -> list[Line]:
    level = _ENACTOR_SEVERITY.get(enactor.state, "unknown")
    race = laggard(dns)
    if cleaner(dns) is enactor:
        level = "bad"
    elif race is not None and enactor is race[0]:
        level = "caution"
    line = Line(f"{ink.glyph(level)} ", ink.of(level)).left(enactor.name, 10, ink.strong)
    plan = f"plan {enactor.generation}" if enactor.generation else "no plan yet"
    line.left(enactor.state, 9, ink.of(level)).add(plan, ink.plain)
    cells = min(40, width - line.width - 41) if width > WIDE else min(8, width - line.width - 10)
    done = enactor.position / enactor.endpoints if enactor.endpoints else 0.0
    if cells >= 4:
        line.add(" ").join(bar(done, cells, ink.of(level), ink))
    line.add(f" {enactor.position}/{enactor.endpoints}", ink.plain)
    if width > WIDE:
        if enactor.age_s:
            line.add(f"  age {wording.duration(enactor.age_s)}", ink.dim)
        if enactor.retries:
            line.add(f"  retries {enactor.retries}", ink.caution)
    note = _note(enactor, dns, width - 2) if with_note else ""
    return [line, Line(f"  {note}", ink.dim).cut(width, ink.glyphs.ellipsis)] if note else [line]


def _note(enactor: EnactorView, dns: DnsView, room: int) -> str:
    """What it is about to do, or why it is stuck; and, in the room there is, what its clean-up
    will take away."""
    note = enactor.note.replace(dns.endpoint.partition(".")[2], "").replace(".:", ":")
    if enactor.deletes_below and enactor.state != "cleaning":
        then = f"then deletes plans below {enactor.deletes_below}"
        if not note or len(f"{note}; {then}") <= room:
            return f"{note}; {then}" if note else then
    return note


# -- what was told, and the rest ------------------------------------------------------------------


def _told(scene: Scene, width: int, room: int) -> list[Line]:
    """The automation's last steps, the newest at the bottom, until they are an hour old: a stale
    overwrite is over a second later, so a state alone cannot show it."""
    recent: list[Line] = []
    for event in reversed(scene.lines):
        if len(recent) >= min(room, 9) or scene.ago(event.t_ns) > _TOLD_S:
            break
        enactor = event.component.startswith("enactor")
        # What an Enactor is stuck at stands under its name.
        told = event.component in _TELLERS or (enactor and event.level != "error")
        if told and matches(event, scene.wanted):
            recent.append(_step(scene, event).cut(width, scene.ink.glyphs.ellipsis))
    return recent[::-1]


def _step(scene: Scene, event: NarrationView) -> Line:
    text = event.text.replace(scene.view.dns.endpoint, "the endpoint")
    if event.component.startswith("enactor"):
        text = f"{event.component} {text}"
    style = scene.ink.of(_TOLD_SEVERITY.get(event.level, "unknown"))
    return Line(f"{scene.clock.hms(event.t_ns)} ", scene.ink.dim).add(wording.spaced(text), style)


_TOLD_S: Final = 3600.0
_TELLERS: Final = ("dns-staging", "route53", "planner")
_TOLD_SEVERITY: Final[dict[str, Severity]] = {"warning": "caution", "error": "bad"}


def _facts(dns: DnsView, ink: Ink, width: int) -> list[Line]:
    """What else is worth knowing; what does not fit is left out whole."""
    rows = (
        (
            ("empty answer kept by ", f"customers {wording.percent(dns.customers_empty_share)}"),
            (", ", f"internal {wording.percent(dns.internal_empty_share)}"),
        ),
        (
            ("automation ", dns.automation),
            ("  override (RPZ) ", "ON" if dns.override else "off"),
            ("  replica lag ", wording.waiting(dns.replication_lag_s)),
        ),
        (
            ("stale overwrites ", str(dns.stale_overwrites)),
            ("  races ", str(dns.races)),
            ("  endpoints without answer ", str(dns.broken_endpoints)),
        ),
    )
    lines = []
    for row in rows:
        line = Line()
        for name, value in row:
            if not line.width or line.width + len(name) + len(value) <= width:
                line.add(name, ink.dim).add(value, ink.plain)
        lines.append(line)
    return lines


def _broken(scene: Scene, width: int) -> list[Line]:
    """Endpoints of the zone whose alias points to nothing, as many as are known by name."""
    names: Sequence[str] = [
        name for name in scene.view.dns.broken_names if matches_text(name, scene.wanted)
    ]
    if not names:
        return []
    ink, dots = scene.ink, scene.ink.glyphs.ellipsis
    more = scene.view.dns.broken_endpoints - len(scene.view.dns.broken_names)
    rows = [Line(f"{ink.glyphs.bad} ", ink.bad).add(name, ink.plain) for name in names]
    head = Line("Endpoints without an answer: their alias points to a deleted plan", ink.strong)
    tail = [Line(f"and {more} more", ink.dim)] if more > 0 else []
    return [Line(), head, *(row.cut(width, dots) for row in rows), *tail]
