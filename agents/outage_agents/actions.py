"""What operators can do: the catalogue of actions, and scripts made of them.

An action has a stable id, goes to one or more components, takes arguments with limits, and has
preconditions, effects, risks and a duration. Which actions were carried out on 20 October 2025, and
when, is public for most of them (post-event summary; Pragmatic Engineer, 2025-12-17); the throttle
values and the hours of the gentler measures are not, and are *assumed*, as is every duration here.
Three of the actions are decoys that people reach for: restarting the Enactors and rolling back the
last deploy help nothing; new Network Manager hosts need launches, and then wait for their own
network state as long as everybody else.

In a script and in `--act`, the time given is the moment of effect. With `start=true` it is the
moment somebody begins, and the effect comes a typical duration later (`duration_s=` overrides).
`called_off_s=` calls it off so long after the moment given; what it has done by then stays.
"""

import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import attrs

from outage_agents.scenario_source import (
    FILE_SIZE_MAX,
    InputError,
    KeyPath,
    Source,
    nearest,
    read_source,
)
from outage_agents.when import When, WhenError, Window, moment_of
from outage_engine.clock import SECOND, ns


class ActionError(InputError):
    """An action script, `--act` or `--without` is wrong."""


@attrs.frozen
class Argument:
    """One argument of an action."""

    name: str
    default: float | str
    unit: str
    text: str
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    """Whole numbers only."""
    pattern: str = ""
    """For words: what they must look like."""

    def read(self, value: object) -> float | str:
        """The value in its type. Raises ValueError that says what is wrong."""
        if isinstance(self.default, str):
            word = str(value)
            if not re.fullmatch(self.pattern, word):
                raise ValueError(f"{word!r} does not fit; {self.text}")
            return word
        return self._read_number(value)

    def _read_number(self, value: object) -> float:
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                raise ValueError(f"{value!r} is not a number") from None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{value!r} is not a number")
        if self.whole and value != value // 1:
            raise ValueError(f"{value} is not a whole number")
        low, high = self.minimum, self.maximum
        if not (low is None or value >= low) or not (high is None or value <= high):
            raise ValueError(f"{value} is outside {low:g}..{high:g}")
        return float(value)


@attrs.frozen
class Action:
    """One thing operators can do."""

    id: str
    title: str
    targets: tuple[str, ...]
    """Addresses it goes to, as patterns; empty: it touches no component of the Region."""
    precondition: str
    effect: str
    risk: str
    duration_min_s: float
    """Shortest time from decision to effect, seconds. Assumed."""
    duration_max_s: float
    arguments: tuple[Argument, ...] = ()

    @property
    def duration_typical_s(self) -> float:
        """Middle of the range; used where a script starts an action without a duration."""
        return (self.duration_min_s + self.duration_max_s) / 2

    def argument(self, name: str) -> Argument | None:
        """The argument of that name, or None."""
        for known in self.arguments:
            if known.name == name:
                return known
        return None


@attrs.frozen
class ScheduledAction:
    """An action at a moment: an entry of a script."""

    id: str
    at_ns: int
    """Moment of effect, virtual time."""
    args: tuple[tuple[str, float | str], ...] = ()
    """Every argument of the action, defaults filled in, in the catalogue's order."""
    assumed: bool = False
    """No source gives the time or the size."""
    begin_ns: int | None = None
    """Moment at which somebody begins; None: only the effect counts."""
    called_off_ns: int | None = None
    """Moment at which it is called off; what has had its effect by then stays."""

    @property
    def start_ns(self) -> int:
        """When anything of it is seen first: it is begun, or takes effect."""
        return self.at_ns if self.begin_ns is None else self.begin_ns

    @property
    def takes_effect(self) -> bool:
        """Whether it is not called off before its effect."""
        return self.called_off_ns is None or self.called_off_ns > self.at_ns


Script = tuple[ScheduledAction, ...]

_ENACTORS = ("enactor-*",)
_SHARDS = ("dwfm-az*",)
_RESOLVERS = ("resolver-*",)
_NLB = ("nlb-az*",)
_ZONES = r"all|[1-6](\+[1-6])*"

CATALOGUE: tuple[Action, ...] = (
    Action(
        "dns.inspect",
        "Ask for the regional name and look at the answer",
        ("route53",),
        "none",
        "shows that the name exists and has no address; changes nothing",
        "none",
        60,
        300,
    ),
    Action(
        "dns.rpz_override",
        "Force DynamoDB's addresses on the internal resolvers",
        ("resolver-internal",),
        "the name resolves to nothing on the internal network",
        "IAM, STS, SQS and internal tooling reach DynamoDB again; the public name stays empty",
        "addresses age: the override must be taken out again when the record is back",
        600,
        1800,
    ),
    Action(
        "dns.stop_automation",
        "Stop the three DNS Enactors",
        _ENACTORS,
        "an Enactor runs",
        "nothing overwrites a repair by hand; plans are no longer applied",
        "health and capacity changes of load balancers reach DNS no more",
        300,
        900,
    ),
    Action(
        "dns.restore_from_rollback",
        "Delete the broken alias and point the endpoint at the rollback tree",
        ("route53",),
        "the endpoint is broken, the rollback tree exists, the automation is stopped",
        "the regional name answers again; caches follow as their negative answers expire",
        "the rollback tree is an old plan: its weights may not fit today's load balancers",
        300,
        900,
    ),
    Action(
        "dns.restart_enactors",
        "Restart the DNS Enactors",
        _ENACTORS,
        "none",
        "each takes the newest plan and starts anew; a missing target is still missing",
        "a decoy: costs time, and a restarted Enactor may clean up more",
        120,
        600,
    ),
    Action(
        "dns.flush_caches",
        "Flush the resolvers' caches",
        _RESOLVERS,
        "the record is back in Route 53",
        "empty answers are forgotten at once",
        "a burst of look-ups; useless while the record is still empty",
        120,
        900,
    ),
    Action(
        "dwfm.throttle",
        "Limit the lease work outstanding at each DWFM shard, and refuse launches meanwhile",
        _SHARDS,
        "shards are congested",
        "attempts finish before their deadline; launches answer request limit exceeded",
        "too small a share wastes capacity; queued stale work is still served first",
        300,
        1800,
        (
            Argument(
                "max_outstanding_share",
                0.006,
                "share",
                "share of a shard's droplets that may be outstanding at a time",
                0.0001,
                1.0,
            ),
        ),
    ),
    Action(
        "dwfm.restart_hosts",
        "Restart DWFM hosts, zone by zone",
        _SHARDS,
        "shards hold work that can no longer finish in time",
        "the queue of each restarted shard is lost, and with it the stale work",
        "without a throttle the queue fills up again at once",
        300,
        1800,
        (
            Argument(
                "zones", "all", "", "all, or zone numbers joined by +, such as 1+3", pattern=_ZONES
            ),
            Argument("zone_gap_s", 338.0, "s", "time between two zones", 0.0, 86_400.0),
        ),
    ),
    Action(
        "dwfm.drop_stale_work",
        "Drop queued lease work whose deadline has passed",
        _SHARDS,
        "shards hold work that can no longer finish in time",
        "capacity goes to attempts that can still succeed",
        "without a throttle new work goes stale again",
        300,
        1200,
    ),
    Action(
        "ec2.throttle_launches",
        "Limit the rate of instance launches",
        ("ec2-api",),
        "none",
        "launches above the rate answer request limit exceeded; less network state to propagate",
        "customers cannot scale out",
        120,
        600,
        (Argument("rate_share", 0.5, "share", "rate relative to the ordinary limit", 0.0, 1.0),),
    ),
    Action(
        "ec2.relax_throttle",
        "Relax the launch limits in steps",
        ("ec2-api",),
        "a limit is in force",
        "the rate rises in equal steps until no limit is left",
        "too fast a rise brings the propagation backlog back",
        120,
        600,
        (
            Argument("steps", 8.0, "count", "steps until no limit is left", 1.0, 100.0, whole=True),
            Argument("every_min", 21.0, "min", "time between two steps", 0.0, 1440.0),
        ),
    ),
    Action(
        "nm.reduce_load",
        "Reduce the load on the Network Manager",
        ("network-manager",),
        "propagation is late",
        "inflow falls to the share given, the backlog drains",
        "held-back work has to be done later",
        600,
        2400,
        (Argument("inflow", 0.6, "share", "inflow relative to capacity", 0.0, 1.0),),
    ),
    Action(
        "nm.add_capacity",
        "Add Network Manager hosts",
        ("network-manager",),
        "launches work: new hosts are instances",
        "more propagation capacity",
        "circular: its new hosts wait for launches and for their own network state",
        1200,
        3600,
        (Argument("factor", 1.5, "factor", "capacity relative to normal", 1.0, 10.0),),
    ),
    Action(
        "nlb.disable_failover",
        "Switch off the automatic AZ failover of NLB",
        _NLB,
        "automatic failover is on",
        "every zone's healthy nodes are back in DNS at once",
        "a zone that really fails stays in DNS",
        300,
        1200,
    ),
    Action(
        "nlb.enable_failover",
        "Switch the automatic AZ failover of NLB on again",
        _NLB,
        "automatic failover is off",
        "failing zones are taken out of DNS again",
        "while health checks are late, whole zones go out",
        120,
        600,
    ),
    Action(
        "nlb.set_velocity_limit",
        "Limit how many zones health checks may take out",
        _NLB,
        "none",
        "at most so many zones are out at a time",
        "when more zones really fail, they stay in",
        600,
        1800,
        (Argument("zones", 1.0, "zones", "zones out at a time", 0.0, 6.0, whole=True),),
    ),
    Action(
        "lambda.restore_pollers",
        "Bring Lambda's SQS pollers back by hand",
        ("service-lambda",),
        "the pollers are down and DynamoDB answers",
        "event sources are polled again, the backlog drains",
        "the backlog arrives as a burst",
        300,
        1200,
    ),
    Action(
        "lambda.throttle_async",
        "Admit only a share of asynchronous and event-source invocations",
        ("service-lambda",),
        "none",
        "capacity is kept for synchronous invocations",
        "a backlog grows that has to be drained later",
        120,
        600,
        (Argument("admit", 0.3, "share", "share of the inflow that is admitted", 0.0, 1.0),),
    ),
    Action(
        "lambda.relax_async",
        "Admit all asynchronous invocations again",
        ("service-lambda",),
        "invocations are throttled",
        "the backlog drains",
        "with too little capacity, synchronous calls suffer",
        120,
        600,
    ),
    Action(
        "redshift.stop_replacements",
        "Stop the growth of Redshift's host replacement backlog",
        ("service-redshift",),
        "replacements wait for launches",
        "no new replacement is queued",
        "clusters stay impaired until replacements resume",
        300,
        1200,
    ),
    Action(
        "app.rollback_deploy",
        "Roll back the last deploy",
        (),
        "none",
        "nothing: no deploy caused this",
        "a decoy: costs time",
        600,
        2400,
    ),
)

_BY_ID = {action.id: action for action in CATALOGUE}
_TIMING = ("start", "duration_s", "called_off_s")
DURATION_S_MAX = 86_400.0


def find_action(action_id: str) -> Action:
    """The catalogue's entry. Raises `ActionError` that names the nearest id."""
    found = _BY_ID.get(action_id)
    if found is None:
        raise ActionError([_unknown(f"action {action_id!r}", action_id, _BY_ID)])
    return found


def parse_act(text: str, window: Window) -> ScheduledAction:
    """Read `ID[:ARG=VALUE,...]@WHEN`. Raises `ActionError` with every problem."""
    head, at, moment = text.rpartition("@")
    if not at:
        raise ActionError([f"--act {text}: no @WHEN, such as @04:14 or @T+266m"])
    action_id, _, listed = head.partition(":")
    problems: list[str] = []
    values: dict[str, object] = {}
    for pair in listed.split(",") if listed else []:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            problems.append(f"{pair!r} is not ARG=VALUE")
        values[name.strip()] = value.strip()
    try:
        at_ns: int | None = When.parse(moment, window)
    except WhenError as wrong:
        at_ns = None
        problems.extend(wrong.problems)
    scheduled = _schedule(action_id.strip(), at_ns, values, problems)
    if scheduled is None:
        raise ActionError(f"--act {text}: {problem}" for problem in problems)
    return scheduled


def scheduled(action_id: str, at_ns: int, values: Mapping[str, object]) -> ScheduledAction:
    """An action at a moment, from its id and arguments. Raises `ActionError` with every problem."""
    problems: list[str] = []
    entry = _schedule(action_id, at_ns, values, problems)
    if entry is None:
        raise ActionError(problems)
    return entry


def without(script: Script, action_ids: Iterable[str]) -> Script:
    """The script with every entry of those ids taken out.

    Raises `ActionError` for an id that is not in the catalogue; one that is known but not in the
    script is fine: there is nothing to take out.
    """
    ids = list(action_ids)
    problems = [_unknown(f"--without {i}", i, _BY_ID) for i in ids if i not in _BY_ID]
    if problems:
        raise ActionError(problems)
    return tuple(entry for entry in script if entry.id not in ids)


def merged(*scripts: Script) -> Script:
    """One script in order of effect; entries of the same moment keep the order given."""
    entries = [entry for script in scripts for entry in script]
    return tuple(sorted(entries, key=lambda entry: entry.at_ns))


def load_script(name_or_path: str, window: Window) -> Script:
    """A shipped script (`as-history`, `none`) or a TOML file. Raises `ActionError`."""
    if name_or_path == "none":
        return ()
    if name_or_path == "as-history":
        shipped = resources.files("outage_agents") / "reference" / "as-history.toml"
        return read_script("as-history.toml", shipped.read_text("utf-8"), window)
    path = Path(name_or_path)
    try:
        with path.open("rb") as file:  # which may be a pipe, or a device without an end
            content = file.read(FILE_SIZE_MAX + 1)
        if len(content) > FILE_SIZE_MAX:
            raise ActionError([f"{name_or_path}: larger than {FILE_SIZE_MAX} bytes"])
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise ActionError([f"{name_or_path}: not UTF-8 text"]) from None
    except (OSError, ValueError) as failed:
        reason = getattr(failed, "strerror", None) or str(failed)
        what = f"{name_or_path}: no such script ({reason}); give as-history, none or a TOML file"
        raise ActionError([what]) from None
    return read_script(name_or_path, text, window)


def read_script(label: str, text: str, window: Window) -> Script:
    """A script from the text of a TOML file. Raises `ActionError` with every problem."""
    try:
        source = read_source(label, text)
    except InputError as broken:
        raise ActionError(broken.problems) from None
    problems = [
        source.problem((key,), "unknown", nearest(key, ["action"]))
        for key in source.content
        if key != "action"
    ]
    script = script_of(source, problems, window)
    if problems:
        raise ActionError(problems)
    return script


def script_of(source: Source, problems: list[str], window: Window) -> Script:
    """The `action` list of a document; problems are added to the list given."""
    listed = source.content.get("action", [])
    if not isinstance(listed, list):
        problems.append(source.problem(("action",), "must be a list of tables"))
        return ()
    entries: list[ScheduledAction] = []
    for index, item in enumerate(listed):
        path: KeyPath = ("action", index)
        if not isinstance(item, dict):
            problems.append(source.problem(path, "must be a table with id and at"))
            continue
        entry = _entry(source, path, item, problems, window)
        if entry is not None:
            entries.append(entry)
    return merged(tuple(entries))


_ENTRY_KEYS = ("id", "at", "at_ns", "args", "assumed", *_TIMING)


def _entry(
    source: Source, path: KeyPath, item: Mapping[str, Any], problems: list[str], window: Window
) -> ScheduledAction | None:
    before = len(problems)
    for key in item:
        if key not in _ENTRY_KEYS:
            near = nearest(key, _ENTRY_KEYS)
            problems.append(source.problem((*path, key), "unknown", near))
    args = item.get("args", {})
    if not isinstance(args, dict):
        problems.append(source.problem((*path, "args"), "must be a table"))
        args = {}
    assumed = item.get("assumed", False)
    if not isinstance(assumed, bool):
        problems.append(source.problem((*path, "assumed"), "must be true or false"))
    at_ns = moment_of(source, path, item, problems, window)
    timing = {key: item[key] for key in _TIMING if key in item}
    told: list[str] = []
    entry = _schedule(item.get("id", ""), at_ns, {**args, **timing}, told)
    problems.extend(source.problem(path, what) for what in told)
    if entry is None or len(problems) > before:
        return None
    return attrs.evolve(entry, assumed=assumed)


def _schedule(
    action_id: object, at_ns: int | None, values: Mapping[str, object], problems: list[str]
) -> ScheduledAction | None:
    """Check an action and its arguments; adds problems, and returns None when there are any."""
    before = len(problems)
    action = _BY_ID.get(action_id) if isinstance(action_id, str) else None
    if action is None:
        problems.append(_unknown(f"action {action_id!r}", str(action_id), _BY_ID))
        return None
    known = [argument.name for argument in action.arguments]
    for name in values:
        if name not in known and name not in _TIMING:
            problems.append(_unknown(f"argument {name!r} of {action.id}", name, known))
    args: list[tuple[str, float | str]] = []
    for argument in action.arguments:
        try:
            args.append((argument.name, argument.read(values.get(argument.name, argument.default))))
        except ValueError as wrong:
            problems.append(f"{argument.name}: {wrong}")
    delay_ns = _delay_ns(action, values, problems)
    off_ns = _span_ns("called_off_s", values.get("called_off_s"), problems)
    if at_ns is None or len(problems) > before:
        return None
    return ScheduledAction(
        action.id,
        at_ns + (delay_ns or 0),
        tuple(args),
        begin_ns=None if delay_ns is None else at_ns,
        called_off_ns=None if off_ns is None else at_ns + off_ns,
    )


_SPANS = {
    "duration_s": "time from start to effect",
    "called_off_s": "time from the moment given until it is called off",
}


def _delay_ns(action: Action, values: Mapping[str, object], problems: list[str]) -> int | None:
    """From the start to the effect; None when the time given is that of the effect."""
    start = values.get("start", False)
    if start not in (True, False, "true", "false"):
        problems.append(f"start: {start!r} is neither true nor false")
    told = values.get("duration_s", action.duration_typical_s)
    delay_ns = _span_ns("duration_s", told, problems)
    return delay_ns if start in (True, "true") else None


def _span_ns(name: str, told: object, problems: list[str]) -> int | None:
    """A length of time that is given in seconds; None when it is not, or is wrong."""
    if told is None:
        return None
    try:
        span_s = Argument(name, 0.0, "s", _SPANS[name], 0.0, DURATION_S_MAX).read(told)
    except ValueError as wrong:
        problems.append(f"{name}: {wrong}")
        return None
    assert isinstance(span_s, float)
    return ns(span_s)


def _unknown(what: str, word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = nearest(word, names)
    if near:
        return f"{what}: unknown; did you mean {near}"
    listed = f"; known: {', '.join(names)}" if 0 < len(names) <= 5 else ""
    return f"{what}: unknown{listed}"


def script_lines(script: Script, iso_of: Mapping[int, str]) -> list[str]:
    """The entries as lines of a TOML list, for `Scenario.text`; `iso_of` knows each start."""
    return [_entry_line(entry, iso_of[entry.start_ns]) for entry in script]


def _entry_line(entry: ScheduledAction, iso: str) -> str:
    whole = entry.start_ns % SECOND == 0
    at = f"at = {iso}" if whole else f"at_ns = {entry.start_ns}"
    pairs = [
        f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value!r}"
        for name, value in entry.args
    ]
    args = f", args = {{ {', '.join(pairs)} }}" if pairs else ""
    timing = "".join(f", {name} = {value}" for name, value in timing_of(entry))
    assumed = ", assumed = true" if entry.assumed else ""
    return f'  {{ id = "{entry.id}", {at}{args}{timing}{assumed} }},'


def timing_of(entry: ScheduledAction) -> list[tuple[str, str]]:
    """What a script and `--act` say of an entry's timing, beside its start."""
    said: list[tuple[str, str]] = []
    if entry.begin_ns is not None:
        said += [("start", "true"), ("duration_s", repr((entry.at_ns - entry.begin_ns) / SECOND))]
    if entry.called_off_ns is not None:
        said.append(("called_off_s", repr((entry.called_off_ns - entry.start_ns) / SECOND)))
    return said
