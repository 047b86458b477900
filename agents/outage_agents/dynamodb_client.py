"""How an internal service reaches DynamoDB: connections it keeps, look-ups for new ones.

When the name went empty only *new* connections failed; those that existed lived on until they
closed (AWS post-event summary: customers with established connections were not affected). So a
client loses DynamoDB over the life of its connections, and has it back as soon as its resolver
gives addresses. The mean life of a connection is *assumed*. Simplified: a client's many
connections are a share.
"""

from outage_agents.causes import message
from outage_agents.dns_plan import REGIONAL
from outage_agents.messages import Answer, DynamodbConnect, Lookup
from outage_engine.actor import Actor
from outage_engine.clock import SECOND, ns
from outage_engine.errors import AskTimedOut
from outage_engine.narration import Cause

_PATIENCE_NS = 2 * SECOND
LOOK_UPS = 3
"""A look-up that is lost is made again so often, all within the patience. Assumed."""
_RETRY_NS = 5 * SECOND


class Connections:
    """The connections of many clients to DynamoDB, as a share that is open."""

    def __init__(self, life_s: float) -> None:
        self._life_ns = ns(life_s)
        self._closed_share = 0.0

    @property
    def closed_share(self) -> float:
        """Share (0..1) of the connections that have closed and could not be opened again."""
        return self._closed_share

    def age(self, elapsed_ns: int, answered_share: float) -> None:
        """Let `elapsed_ns` pass, in which this share of the look-ups for new ones has an answer.

        Those whose look-ups have answers are open; the others close as their life ends.
        """
        unanswered = 1.0 - answered_share
        if unanswered <= self._closed_share:
            self._closed_share = unanswered
            return
        closing = elapsed_ns / (elapsed_ns + self._life_ns)
        self._closed_share += (unanswered - self._closed_share) * closing


class DynamodbClient:
    """An actor's way to DynamoDB."""

    def __init__(
        self,
        actor: Actor,
        resolver: str = "resolver-ec2",
        connection_life_s: float = 60.0,
        *,
        dynamodb: str = "dynamodb",
    ) -> None:
        """`actor` asks in its own name; addresses are those of the resolver and of DynamoDB."""
        self._actor = actor
        self._resolver = resolver
        self._dynamodb = dynamodb
        self._connections = Connections(connection_life_s)
        self._calm_ns = ns(connection_life_s) // 2
        self._looked_ns: int | None = None
        self._answered = True
        self._closing = False

    @property
    def trouble(self) -> str:
        """Why new connections fail, in words, as the last look-up showed it."""
        return "find no address" if self._answered else "have no answer to where it is"

    @property
    def because(self) -> tuple[Cause, ...]:
        """What its resolver's last answer showed; nothing when there was no answer."""
        if not self._answered:
            return ()
        population = self._resolver.replace("-", ".", 1)
        if self._closing:
            return (message(f"{population}.empty", "Answer", self._resolver),)
        return tuple(
            message(f"{population}.{what}", "Answer", self._resolver)
            for what in ("answers", "forced")
        )

    async def answered_share(self) -> float:
        """Share (0..1) of this client's connections that reach DynamoDB now.

        Costs a message only when connections may have closed since the last look-up: every half
        life of a connection while all is well, every 5 s otherwise.
        """
        now = self._actor.world.now
        closed = self._connections.closed_share
        if self._looked_ns is not None:
            fresh_ns = _RETRY_NS if closed > 0 else self._calm_ns
            if now - self._looked_ns < fresh_ns:
                return (1.0 - closed) * self._passage()
        elapsed_ns = 0 if self._looked_ns is None else now - self._looked_ns
        self._looked_ns = now
        self._connections.age(elapsed_ns, await self._look_up())
        self._closing = self._connections.closed_share >= closed > 0 or (
            self._connections.closed_share > closed
        )
        if self._connections.closed_share < closed:
            self._actor.send(self._dynamodb, DynamodbConnect(1))
        return (1.0 - self._connections.closed_share) * self._passage()

    def _passage(self) -> float:
        """Share of calls over open connections that come to good: all, unless something broke."""
        return self._actor.world.passage(self._actor.name, self._dynamodb, _PATIENCE_NS)

    async def _look_up(self) -> float:
        try:
            answer = await self._actor.ask_again(
                self._resolver, Lookup(REGIONAL), _PATIENCE_NS // LOOK_UPS, LOOK_UPS
            )
        except AskTimedOut:
            self._answered = False
            return 0.0
        assert isinstance(answer, Answer)
        self._answered = True
        return answer.answered_share
