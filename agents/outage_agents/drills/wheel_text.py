"""The wheel: a drill nobody has written, drawn from a seed, and sealed.

It takes a family of troubles and re-rolls everything around it: when it strikes, how old plans are,
what things are called, who is on the call and what they believe, how late and coarse sensors are.
From level 2 on one page misleads and one that should come does not. The text is an ordinary drill
file. What players read of it, title, summary and briefing, is the same for every family.
"""

from random import Random

import attrs

from outage_agents.drills.condition import said_span
from outage_agents.drills.drill import TEMPERS
from outage_agents.drills.wheel_families import FAMILIES, FEW, Family, Trouble, at
from outage_agents.drills.wheel_people import DIRECTOR, NAMES, ROLES, THINGS, Role
from outage_agents.scenario_source import toml_text
from outage_engine.random_streams import RandomStreams

LEVELS = (1, 5)
"""Lowest and highest level of the wheel."""
_PLAY_MIN = 80
"""From the beginning to the latest end."""
_SENSORS = {
    "errors": ("Requests of customers that fail", "customers.error_rate", "%", 100.0, 1.0),
    "down": ("Services reported down", "impact.services_down_share", "%", 100.0, 1.0),
    "lookups": (
        "Name look-ups of customers without an answer",
        "dns.customers_empty_share",
        "%",
        100.0,
        5.0,
    ),
    "table": ("Errors of DynamoDB", "dynamodb.error_rate", "%", 100.0, 1.0),
    "leases": ("Droplets without a lease", "dwfm.broken", "", 1.0, 10.0),
    "launches": ("Launches that succeed", "ec2.success_share", "%", 100.0, 1.0),
    "network": ("Time until a new instance has its network", "nm.wait_s", "s", 1.0, 5.0),
    "front": ("Connections through NLB that fail", "nlb.error_rate", "%", 100.0, 1.0),
    "zones": ("Zones that NLB has taken out", "nlb.zones_out", "", 1.0, 0.0),
    "loss": (
        "Packets lost at the border of one zone",
        "customers.packet_loss_share",
        "%",
        100.0,
        0.1,
    ),
}
_FED_BY_NAMES = ("table", "leases")
"""Read through the internal network: gone while it cannot look names up."""
_ALERTS = {
    "errors": ("above", 4.0, "customers see errors"),
    "lookups": ("above", 20.0, "customers get no answer to look-ups"),
    "table": ("above", 10.0, "DynamoDB fails"),
    "launches": ("below", 90.0, "launches of instances fail"),
    "network": ("above", 60.0, "new instances wait for their network"),
    "front": ("above", 2.0, "connections through NLB fail"),
    "zones": ("above", 0.5, "NLB has taken a zone out"),
}
_MISLEADING = (
    ("loss", "above", -1.0, "packets are lost at the border of a zone"),
    ("leases", "above", -1.0, "droplets without a lease"),
    ("launches", "below", 101.0, "not every launch succeeds"),
)
"""Thresholds that anything crosses: they page on a quiet night too."""


def wheel_text(seed: int, level: int) -> str:
    """A drill file. The same seed and level give the same text, letter by letter."""
    return _Wheel.spin(seed, level).text()


def family_of(seed: int, level: int) -> str:
    """What is behind a seal: for debriefings and tests."""
    return _Wheel.spin(seed, level).family.id


@attrs.frozen
class _Wheel:
    seed: int
    level: int
    draw: Random
    family: Family
    trouble: Trouble
    begin: int
    """Minutes after 23:00."""
    later: int
    """Minutes after the beginning at which the second trouble comes."""
    ringing: tuple[str, ...]
    """Sensors whose true alerts page."""
    missing: str
    """One that should and does not; empty: none."""
    misleading: tuple[str, str, float, str] | None

    @staticmethod
    def spin(seed: int, level: int) -> "_Wheel":
        """Draw what is the matter; the rest is drawn when the text is made."""
        low, high = LEVELS
        if not low <= level <= high:
            raise ValueError(f"level {level}: the wheel has levels {low} to {high}")
        draw = RandomStreams(seed).single(f"wheel/{level}")
        known = [one for one in FAMILIES if one.level <= level]
        family = known[draw.randint(0, len(known) - 1)]
        minute = draw.randint(24, 40)
        trouble = family.trouble(draw, minute)
        begin = minute - draw.randint(*family.lead)
        later = draw.randint(15, 25)
        ringing, missing = list(family.alerts), ""
        if level >= 2 and len(ringing) > 1:
            missing = ringing.pop(draw.randint(0, len(ringing) - 1))
        usable = [one for one in _MISLEADING if one[0] not in _ALERTS or one[0] == missing]
        misleading = usable[draw.randint(0, len(usable) - 1)] if level >= 2 else None
        pages = (tuple(ringing), missing, misleading)
        return _Wheel(seed, level, draw, family, trouble, begin, later, *pages)

    def text(self) -> str:
        """The whole file."""
        parts = (
            self._head(),
            self._run(),
            self._measure(),
            self._sensors(),
            self._alerts(),
            self._people(),
            self._injects(),
            self._asked(),
            self._plays(),
            self._stops(),
        )
        return "\n\n".join(part for part in parts if part) + "\n"

    def _head(self) -> str:
        approvals = {"dns.restore_from_rollback": "RESTORE"}
        if self.level >= 3:
            approvals["nlb.disable_failover"] = "WITHOUT FAILOVER"
        lines = {
            "version": "1",
            "id": toml_text(f"wheel-{self.seed}-{self.level}"),
            "title": toml_text("The wheel"),
            "level": str(self.level),
            "length_min": "30",
            "summary": toml_text("Sealed: nobody here knows what it will be."),
            "briefing": toml_text(
                f"You lead the incidents of a Region tonight. It is {at(self.begin)}. "
                "Whatever you decide, say why and what you expect."
            ),
            "debrief": toml_text(self.family.debrief),
            "names": _table(self._names()),
            "approvals": _table(approvals),
        }
        return "\n".join(f"{key} = {value}" for key, value in lines.items())

    def _names(self) -> dict[str, str]:
        named: dict[str, str] = {}
        for real, others in THINGS:
            shown = others[self.draw.randint(0, len(others) - 1)]
            named.update(zip(real, shown, strict=True))
        return named

    def _run(self) -> str:
        trouble = self.trouble
        lines = [
            "[run]",
            'scenario = "small"',
            f"settings = {_table(dict((*FEW, *trouble.settings)))}",
            f"begin = {toml_text(at(self.begin))}",
            f"end = {toml_text(at(self.begin + _PLAY_MIN))}",
            'actions = "none"',
            f"seed = {self.draw.randint(1, 1_000_000)}",
        ]
        if trouble.faults:
            lines.append(f"faults = {_list(trouble.faults)}")
        if trouble.changes:
            lines.append(f"changes = {_list(trouble.changes)}")
        return "\n".join(lines)

    def _measure(self) -> str:
        if self.family.measure is None:
            return ""
        metric, title, unit = (toml_text(one) for one in self.family.measure)
        return f"[measure]\nmetric = {metric}\ntitle = {title}\nunit = {unit}"

    def _sensors(self) -> str:
        tables = []
        for name, (title, metric, unit, scale, step) in _SENSORS.items():
            slow = self.draw.randint(0, self.level)
            lines = {
                "id": toml_text(name),
                "title": toml_text(title),
                "metric": toml_text(metric),
                "unit": toml_text(unit),
                "scale": repr(scale),
                "step": repr(step),
                "every": toml_text(said_span(60 * (1 + slow // 3))),
                "delay": toml_text(said_span(20 * slow)),
            }
            if name in _FED_BY_NAMES:
                lines["needs"] = toml_text("dns.internal_empty_share < 0.5")
            tables.append(_entry("sensors", lines))
        return "\n\n".join(tables)

    def _alerts(self) -> str:
        others = [name for name in _ALERTS if name not in (*self.ringing, self.missing)]
        tables = [self._alert(name, *_ALERTS[name]) for name in (*self.ringing, *others)]
        if self.misleading is not None:
            tables.append(self._alert(*self.misleading, misleading=True))
        return "\n\n".join(tables)

    def _alert(
        self, name: str, side: str, limit: float, text: str, *, misleading: bool = False
    ) -> str:
        lines = {
            "id": toml_text(f"{name}-page"),
            "sensor": toml_text(name),
            side: repr(limit),
            "for": toml_text(said_span(60 * self.draw.randint(1, 3))),
            "text": toml_text(text),
            "copies": str(self.draw.randint(1, 10 * self.level)),
            "escalate": toml_text(said_span(60 * self.draw.randint(6, 12))),
            "escalate_to": _list((ROLES[self.draw.randint(0, len(ROLES) - 1)].id, "duty")),
        }
        if misleading:
            lines["misleading"] = "true"
        return _entry("alerts", lines)

    def _in_any_order(self, names: tuple[str, ...]) -> list[str]:
        """Drawn one after the other, by whole numbers only: the same on every machine."""
        left, drawn = list(names), []
        while left:
            drawn.append(left.pop(self.draw.randint(0, len(left) - 1)))
        return drawn

    def _people(self) -> str:
        names = self._in_any_order(NAMES)
        tables = []
        right = self.draw.randint(0, len(ROLES) - 1)
        for place, role in enumerate(ROLES):
            tables.append(self._person(role, names[place], holds_right=place == right))
        lines = {
            "id": toml_text("duty"),
            "name": toml_text(names[len(ROLES)]),
            "role": toml_text(DIRECTOR),
            "temper": toml_text(TEMPERS[self.draw.randint(0, 2)]),
            "skill": "0.3",
            "nag_every": toml_text(said_span(60 * self.draw.randint(18, 30))),
        }
        return "\n\n".join((*tables, _entry("characters", lines)))

    def _person(self, role: Role, name: str, *, holds_right: bool) -> str:
        answers = [
            f"{{ about = {toml_text(about)}, also = {_list(also)}, text = {toml_text(text)} }}"
            for about, also, text in role.answers
        ]
        wrong = self.family.wrong[self.draw.randint(0, len(self.family.wrong) - 1)]
        guesses = [(self.family.right, True)] if holds_right else [(wrong, False)]
        if holds_right and self.level >= 2:
            guesses.insert(0, (wrong, False))
        told = [
            f"{{ text = {toml_text(text)}, after = {toml_text(f'{8 + 9 * n}m')}"
            + (", right = true }" if right else " }")
            for n, (text, right) in enumerate(guesses)
        ]
        lines = {
            "id": toml_text(role.id),
            "name": toml_text(name),
            "role": toml_text(role.title),
            "temper": toml_text(TEMPERS[self.draw.randint(0, 2)]),
            "skill": repr(self.draw.randint(3, 9) / 10),
            "answers": "".join(("[", *(f"\n  {one}," for one in answers), "\n]")),
            "guesses": f"[{', '.join(told)}]",
        }
        return _entry("characters", lines)

    def _injects(self) -> str:
        rows: list[tuple[str, str, str, str, str]] = [
            (
                "6m",
                "support",
                "call",
                "customers ask whether something is wrong",
                "look, and answer",
            ),
            (
                "14m",
                "the press desk",
                "mail",
                "somebody writes that we are down. Are we?",
                "one line",
            ),
        ]
        wrong = self.family.wrong[0]
        rows.append(("22m", "an old hand", "chat", f"I bet on this: {wrong}", "ask for evidence"))
        if self.level >= 3:
            rows.append(("35m", "a large customer", "call", "do something!", "say what you see"))
        tables = [_entry("injects", _inject(n, *row)) for n, row in enumerate(rows, start=1)]
        if self.trouble.later_fault:
            told = ("facilities", "call", "power work in one zone has begun", "treat it apart")
            lines = _inject(len(rows) + 1, f"{self.later}m", *told)
            lines["fault"] = toml_text(self.trouble.later_fault)
            tables.append(_entry("injects", lines))
        return "\n\n".join(tables)

    def _asked(self) -> str:
        harm = " or ".join(f"action:{one} begun" for one in self.family.harm)
        asked = [
            ("declared", "An incident is declared", "conduct", "met", "said:declare", "20m"),
            ("told", "Customers are told", "conduct", "met", "said:post", "30m"),
            ("looked", "Pages are taken", "awareness", "met", "said:acknowledge", "30m"),
            ("outcome", "What was wrong is put right", "outcome", "met", self.family.outcome, ""),
            ("restraint", "What works is left alone", "conduct", "never", harm, ""),
        ]
        if not self.family.alerts:
            asked = asked[2:]
        tables = []
        for name, title, panel, key, condition, within in asked:
            lines = {
                "id": toml_text(name),
                "title": toml_text(title),
                "panel": toml_text(panel),
                key: toml_text(condition),
            }
            if within:
                lines["within"] = toml_text(within)
            tables.append(_entry("objectives", lines))
        probe = {
            "id": toml_text("down"),
            "at": toml_text(f"{self.draw.randint(22, 30)}m"),
            "question": toml_text("What share of services is down, in percent?"),
            "metric": toml_text("impact.services_down_share"),
            "scale": "100.0",
            "tolerance": "5.0",
        }
        hint = {"text": toml_text(self.family.hint), "cost_min": "5"}
        return "\n\n".join((*tables, _entry("probes", probe), _entry("hints", hint)))

    def _plays(self) -> str:
        quiet = not self.family.alerts
        first = [
            'seat = "solo", at = "5m", do = "declare"',
            'seat = "solo", do = "post", claims = ["we look into it"], next_update_min = 60',
        ]
        steps = [] if quiet else list(first)
        approvals = 0
        before = ""
        for place, action in enumerate(self.family.actions):
            when = f'when = "action:{before} done", ' if before and self._waits(before) else ""
            if self.trouble.later_fault and place:
                when = f'at = "{self.later + 5}m", '
            force = ', args = { force = "yes" }' if action == "dns.stop_automation" else ""
            start = 'at = "8m", ' if place == 0 and self.begin >= 0 else ""
            steps.append(f'seat = "solo", {start}{when}do = "begin", action = "{action}"{force}')
            word = self._word(action)
            if word:
                approvals += 1
                steps.append(f'seat = "solo", do = "approve", n = {approvals}, word = "{word}"')
            before = action
        page = self.ringing[0] if self.misleading is None else self.misleading[0]
        steps.append(f'seat = "solo", at = "12m", do = "acknowledge", alert = "{page}-page"')
        steps.append('seat = "solo", at = "55m", do = "all_clear"')
        october = [] if quiet else list(first)
        october += [
            'seat = "solo", at = "20m", do = "begin", action = "call.page_team"',
            'seat = "solo", do = "begin", action = "app.rollback_deploy"',
            *(f'seat = "solo", do = "begin", action = "{one}"' for one in self._harmful()),
        ]
        return "\n\n".join(
            (
                _play("good", "Does what helps", 1, steps),
                _play("nothing", "Does nothing", 3 if self.family.actions else 2, []),
                _play("busy", "Does what comes to mind", 3, october),
            )
        )

    def _waits(self, before: str) -> bool:
        return before == "dns.stop_automation"

    def _harmful(self) -> tuple[str, ...]:
        return tuple(one for one in self.family.harm if one.startswith("dns.stop"))

    def _word(self, action: str) -> str:
        if action == "dns.restore_from_rollback":
            return "RESTORE"
        return "WITHOUT FAILOVER" if action == "nlb.disable_failover" and self.level >= 3 else ""

    def _stops(self) -> str:
        lines = {
            "id": toml_text("stable"),
            "when": toml_text(self.family.stable),
            "text": toml_text("it has been stable for ten minutes"),
        }
        return _entry("stops", lines)


def _inject(
    n: int, when: str, sender: str, method: str, text: str, expected: str
) -> dict[str, str]:
    return {
        "n": str(n),
        "at": toml_text(when),
        "from": toml_text(sender),
        "method": toml_text(method),
        "text": toml_text(text),
        "expected": toml_text(expected),
    }


def _play(name: str, title: str, rank: int, steps: list[str]) -> str:
    listed = "".join(f"\n  {{ {step} }}," for step in steps)
    lines = {"id": toml_text(name), "title": toml_text(title), "rank": str(rank)}
    if steps:
        lines["steps"] = f"[{listed}\n]"
    return _entry("plays", lines)


def _entry(kind: str, lines: dict[str, str]) -> str:
    return "\n".join((f"[[{kind}]]", *(f"{key} = {value}" for key, value in lines.items())))


def _table(values: dict[str, str]) -> str:
    listed = ", ".join(f"{toml_text(key)} = {toml_text(value)}" for key, value in values.items())
    return f"{{ {listed} }}"


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(toml_text(value) for value in values)}]"
