"""The verdict on the leases: do they hold, run out, come back, or never come back by themselves?

It is read off the state of the shards, never off the clock or what operators mean to do. For one
shard, in shares of what it can do (mechanisms.md, EC2; calibration.md, critical number of leases):

- DynamoDB does not answer: no check succeeds, leases run out. *Losing leases.*
- The load that asks for service is the renewals of all held leases, and every broken droplet once
  each deadline: with B broken, an establishment of k units and a deadline D, k * B / D units a
  second. In order of arrival, the wait W changes by (load - 1) seconds a second. While W stays
  within D for one more round of D seconds, all attempts of the round are in time, and those
  droplets do not ask again: it drains. Else every attempt of the next round is late, is made again,
  and costs as much as before: if the load is 1 or more, W only grows. *Metastable*: congestive
  collapse.
- A throttle that lets in no more than can be done within a deadline takes the establishments out of
  the load; an old queue is then worked off, and what comes after it is in time. *Draining.*
- Hosts that serve newest first, drop what is late, or wait longer after each failure are not
  covered by that arithmetic: there the leases won and lost in the last minute decide.

The end of draining is found by the same arithmetic: first the queue that is too long, then the
broken leases at the rate that the renewals leave over, which falls as more leases are held. If the
last minute brought back much less than that, its rate is believed instead.
"""

from typing import TYPE_CHECKING

import msgspec

from outage_engine.clock import seconds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outage_agents.dwfm import ShardView

SEVERAL = 5
"""Fewer broken leases than this are never worth an action (milestones.md)."""
STEPS = 16
"""Steps in which the falling rate of a drain is added up; more change the end by seconds."""

STABLE = "stable"
LOSING = "losing leases"
DRAINING = "draining"
METASTABLE = "metastable"


class Outlook(msgspec.Struct, frozen=True):
    """What becomes of a shard's leases, or of a fleet's, if nobody does anything."""

    verdict: str
    """stable, losing leases, draining, metastable."""
    load: float
    """Work that asks for service, relative to what can be done."""
    done_in_s: float | None
    """Seconds until a draining fleet is done; None when it is not draining."""


def all_leased(broken: int, droplets: int) -> bool:
    """Whether a fleet counts as leased (milestones.md, dwfm_all_leased)."""
    return broken < max(SEVERAL, droplets / 5000)


class Fleet:
    """Shards added up: those of a zone, or of the Region from its zones. Rates are of a second."""

    __slots__ = (
        "able",
        "asked",
        "broken",
        "broken_by_verdict",
        "cut_off",
        "deadline_s",
        "done_in_s",
        "droplets",
        "established",
        "established_per_s",
        "in_flight",
        "late_per_s",
        "lost_per_s",
        "queue",
        "renewed_per_s",
        "shards",
        "throttle_share",
        "useful_units_s",
        "wait_ns",
    )

    def __init__(self, shards: "Iterable[ShardView]" = (), fleets: "Iterable[Fleet]" = ()) -> None:
        """Floats are added in the order given: `sum` rounds otherwise from Python 3.12 on."""
        self.shards = self.cut_off = 0
        self.droplets = self.broken = self.queue = self.in_flight = self.established = 0
        self.wait_ns = 0
        """The longest wait of a new attempt."""
        self.established_per_s = self.lost_per_s = self.late_per_s = self.renewed_per_s = 0.0
        self.useful_units_s = self.able = self.asked = 0.0
        """Units of work each second: done in time; that could be done; that ask for service."""
        self.throttle_share = self.deadline_s = self.done_in_s = 0.0
        self.broken_by_verdict = dict.fromkeys((STABLE, LOSING, DRAINING, METASTABLE), -1)
        """Broken leases of the shards with each verdict; -1: no shard has it."""
        for shard in shards:
            self._add_shard(shard)
        for fleet in fleets:
            self._add_fleet(fleet)

    def outlook(self) -> Outlook:
        """What becomes of most of the broken leases.

        With most shards cut off it is losing leases, however many are broken yet. A fleet
        that drains but for some stuck shards has no end.
        """
        broken, broken_by = self.broken, self.broken_by_verdict
        load = self.asked / self.able if self.able else 0.0
        if 2 * self.cut_off > self.shards or 2 * broken_by[LOSING] > max(broken, SEVERAL):
            return Outlook(LOSING, load, None)
        if 2 * broken_by[METASTABLE] > broken:
            return Outlook(METASTABLE, load, None)
        stuck = broken_by[METASTABLE] >= 0 or broken_by[LOSING] >= 0
        if all_leased(broken, self.droplets) and not stuck:
            return Outlook(STABLE, load, None)
        return Outlook(DRAINING, load, None if stuck else self.done_in_s)

    def _add_shard(self, shard: "ShardView") -> None:
        counts, outlook, p = shard.counts, shard_outlook(shard), shard.parameters
        self.shards += 1
        self.cut_off += not shard.dynamodb
        self.droplets += counts.droplets
        self.broken += counts.broken
        self.queue += counts.queue
        self.in_flight += counts.in_flight
        self.established += counts.established
        if counts.wait_ns > self.wait_ns:
            self.wait_ns = counts.wait_ns
        self.established_per_s += shard.established_per_s
        self.lost_per_s += shard.lost_per_s
        self.late_per_s += shard.late_per_s
        self.renewed_per_s += shard.renewed_per_s
        self.useful_units_s += shard.renewed_per_s + p.establish_cost * shard.established_per_s
        self.able += shard.capacity_units_s
        self.asked += outlook.load * shard.capacity_units_s
        if shard.throttle_share > self.throttle_share:
            self.throttle_share = shard.throttle_share
        if p.establish_deadline_s > self.deadline_s:
            self.deadline_s = p.establish_deadline_s
        self._add_verdict(outlook.verdict, counts.broken)
        if outlook.done_in_s is not None:
            self.done_in_s = max(self.done_in_s, outlook.done_in_s)

    def _add_fleet(self, fleet: "Fleet") -> None:
        self.shards += fleet.shards
        self.cut_off += fleet.cut_off
        self.droplets += fleet.droplets
        self.broken += fleet.broken
        self.queue += fleet.queue
        self.in_flight += fleet.in_flight
        self.established += fleet.established
        self.wait_ns = max(self.wait_ns, fleet.wait_ns)
        self.established_per_s += fleet.established_per_s
        self.lost_per_s += fleet.lost_per_s
        self.late_per_s += fleet.late_per_s
        self.renewed_per_s += fleet.renewed_per_s
        self.useful_units_s += fleet.useful_units_s
        self.able += fleet.able
        self.asked += fleet.asked
        self.throttle_share = max(self.throttle_share, fleet.throttle_share)
        self.deadline_s = max(self.deadline_s, fleet.deadline_s)
        self.done_in_s = max(self.done_in_s, fleet.done_in_s)
        for verdict, broken in fleet.broken_by_verdict.items():
            if broken >= 0:
                self._add_verdict(verdict, broken)

    def _add_verdict(self, verdict: str, broken: int) -> None:
        self.broken_by_verdict[verdict] = max(0, self.broken_by_verdict[verdict]) + broken


def shard_outlook(shard: "ShardView") -> Outlook:
    """One shard."""
    counts, p = shard.counts, shard.parameters
    load = offered_load(shard)
    if not shard.dynamodb:
        return Outlook(LOSING, load, None)
    wait_s = seconds(counts.wait_ns)
    if all_leased(counts.broken, counts.droplets) and wait_s <= p.renewal_deadline_s:
        return Outlook(STABLE, load, None)
    if p.queue_discipline != "fifo" or p.backoff_s:
        return _measured(shard, load)
    deadline_s = p.establish_deadline_s
    if wait_s > deadline_s:
        if load >= 1:
            return Outlook(METASTABLE, load, None)
        return Outlook(DRAINING, load, (wait_s - deadline_s) / (1 - load) + _drain_s(shard))
    if wait_s + deadline_s * (load - 1) > deadline_s:
        return Outlook(METASTABLE, load, None)
    return Outlook(DRAINING, load, _drain_s(shard))


def offered_load(shard: "ShardView") -> float:
    """Work that asks for service, relative to what the shard can do."""
    counts, p = shard.counts, shard.parameters
    if shard.capacity_units_s <= 0:
        return 0.0
    held = counts.droplets - counts.broken
    renewing = held / p.state_check_s / shard.capacity_units_s
    trying = p.establish_cost * counts.broken / p.establish_deadline_s / shard.capacity_units_s
    if shard.throttle_share:
        outstanding = max(1, int(shard.throttle_share * counts.droplets))
        taken_s = p.establish_cost * outstanding / shard.capacity_units_s
        if taken_s <= (1 - renewing) * p.establish_deadline_s:
            trying = 0.0
    return renewing + trying


def _measured(shard: "ShardView", load: float) -> Outlook:
    """By the leases won and lost in the last minute."""
    gained_per_s = shard.established_per_s - shard.lost_per_s
    if gained_per_s > 0:
        return Outlook(DRAINING, load, shard.counts.broken / gained_per_s)
    return Outlook(METASTABLE if load >= 1 else LOSING, load, None)


def _drain_s(shard: "ShardView") -> float:
    """Seconds until all leases are held, once the attempts are in time."""
    counts, p = shard.counts, shard.parameters
    if not counts.broken:
        return 0.0
    step = counts.broken / STEPS
    held = counts.droplets - counts.broken + step / 2
    spare = shard.capacity_units_s - held / p.state_check_s
    if 0 < 2 * p.establish_cost * shard.established_per_s < spare:
        return counts.broken / shard.established_per_s
    total_s = 0.0
    for _ in range(STEPS):
        spare = shard.capacity_units_s - held / p.state_check_s
        total_s += step * p.establish_cost / max(spare, 1e-9)
        held += step
    return total_s
