"""Global tables: replicas in other Regions go on serving, but fall behind us-east-1 and back.

Replication to and from us-east-1 needs its endpoint. While the name is empty, changes wait; when
it answers again a replica replays what it owes while new changes come in. All replicas had caught
up at 02:32, seven minutes after the repair (AWS post-event summary, DynamoDB).

*Assumed* (calibration.md, DNS caches): a replicator that has no connection looks the name up
every 30 s, without keeping an empty answer, and replays at 25 times the rate of changes. Its
connections are renewed within two such intervals, so that it falls behind soon after the name goes
empty.
"""

import attrs
import msgspec

from outage_agents.causes import message
from outage_agents.dns_plan import REGIONAL
from outage_agents.messages import Answer, Lookup
from outage_engine.actor import Actor
from outage_engine.clock import SECOND, ns, seconds
from outage_engine.errors import AskTimedOut
from outage_engine.narration import Cause

_PATIENCE_NS = 2 * SECOND


@attrs.define
class _Replica:
    """Replication with one other Region."""

    look_up_ns: int
    """When it looks the name up next."""
    connected: bool = True
    owed_s: float = 0.0
    """Changes it has not replayed, in seconds of changes, as of `as_of_ns`."""
    as_of_ns: int = 0


class GlobalTablesView(msgspec.Struct, frozen=True):
    """All replicas at one moment."""

    lags_s: tuple[float, ...]
    """How far each replica is behind, seconds of changes."""
    worst_lag_s: float


class GlobalTables(Actor):
    """Replication between us-east-1 and the other Regions."""

    def __init__(
        self, name: str, *, replicas: int, look_up_s: float, replay_rate: float, route53: str
    ) -> None:
        """`replay_rate`: changes replayed, relative to those that come in (above 1)."""
        super().__init__(name)
        self._interval_ns = ns(look_up_s)
        self._replay_rate = replay_rate
        self._route53 = route53
        self._replicas = [
            _Replica(self._interval_ns * (k + 1) // replicas) for k in range(replicas)
        ]
        self._caught_up = True
        self._because = Cause("")

    async def main(self) -> None:
        self.world.telemetry.gauge_from("dns.replication_lag_s", self._worst_lag_s)
        while True:
            replica = min(self._replicas, key=lambda replica: replica.look_up_ns)
            await self.sleep_until(replica.look_up_ns)
            await self._look_up(replica)
            replica.look_up_ns += self._interval_ns * (2 if replica.connected else 1)
            self._tell()

    async def _look_up(self, replica: _Replica) -> None:
        try:
            answer = await self.ask(self._route53, Lookup(REGIONAL), _PATIENCE_NS)
            self._because = message("dns.empty", "Answer", self._route53)
        except AskTimedOut:
            answer = Answer((), 0.0)
            self._because = Cause("")
        assert isinstance(answer, Answer)
        replica.owed_s = self._lag_s(replica)
        replica.as_of_ns = self.world.now
        replica.connected = bool(answer.addresses)

    def snapshot(self) -> GlobalTablesView:
        """The replicas now."""
        lags_s = tuple(self._lag_s(replica) for replica in self._replicas)
        return GlobalTablesView(lags_s, max(lags_s))

    def _worst_lag_s(self) -> float:
        return max(self._lag_s(replica) for replica in self._replicas)

    def _lag_s(self, replica: _Replica) -> float:
        elapsed_s = seconds(self.world.now - replica.as_of_ns)
        if not replica.connected:
            return replica.owed_s + elapsed_s
        return max(0.0, replica.owed_s - (self._replay_rate - 1.0) * elapsed_s)

    def _tell(self) -> None:
        caught_up = self._worst_lag_s() < 10.0
        if caught_up != self._caught_up:
            self._caught_up = caught_up
            if caught_up:
                self.narrate(
                    "all replicas of global tables have caught up",
                    about="global_tables.caught_up",
                    because=(
                        message("dns.restored", "Answer", self._route53),
                        "global_tables.behind",
                    ),
                )
            else:
                self.narrate(
                    "replicas of global tables fall behind: replication needs the endpoint",
                    level="warning",
                    about="global_tables.behind",
                    because=(self._because,),
                )
