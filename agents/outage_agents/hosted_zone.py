"""The hosted zone of DynamoDB: alias trees, rollback aliases, locks, and batches that change them.

Every endpoint is an alias to the tree of one plan (`plan-<generation>.<endpoint>`), and the tree
holds weighted aliases to load balancers with address records. Beside it are a rollback alias,
which points to the tree that was served before, and a TXT record that is the endpoint's lock
(re:Invent 2025, DAT453; Pragmatic Engineer, 2025-12-17). Two rules of Route 53 decide the
incident:

- a batch is all or nothing, and it fails when it deletes a record that is not there exactly so,
  which makes a compare-and-swap of the lock;
- an alias cannot be made to point to a name that does not exist; but a name that aliases point to
  can be deleted, and then they resolve to nothing (NOERROR without an answer).

Simplified: a tree is one record here, and an alias holds the generation of the tree it points to.
"""

from typing import TYPE_CHECKING

import attrs

from outage_agents.dns_plan import Plan, Tree, tree_name, tree_of

if TYPE_CHECKING:
    from collections.abc import Sequence

NO_LOCK = ""
"""Value of a lock that nobody has taken yet."""


@attrs.define
class SwapText:
    """Delete a TXT record with exactly the value `old`, create it with `new`."""

    old: str
    new: str


@attrs.define
class CreateTree:
    """Create the record tree of a plan (the same tree again changes nothing)."""

    generation: int
    tree: Tree


@attrs.define
class PointRollback:
    """Point the rollback alias to the tree of this generation."""

    generation: int


@attrs.define
class PointEndpoint:
    """Point the endpoint's alias to the tree of this generation."""

    generation: int
    only_if_newer: bool
    """Refuse when the alias points to a newer generation (the guard `recheck_each_write`)."""


@attrs.define
class ChangeBatch:
    """Changes of one endpoint's records, all of them or none; None leaves a record alone."""

    endpoint: str
    lock: SwapText
    tree: CreateTree | None
    rollback: PointRollback | None
    alias: PointEndpoint


DONE = "done"
BLOCKED = "blocked"
"""The lock has another value: somebody else changed the endpoint meanwhile."""
NO_ROLLBACK_TARGET = "rollback target missing"
"""An alias would point to a tree that does not exist: the one the endpoint points to now."""
STALE = "stale"
"""The endpoint serves a newer generation, and the batch demanded the contrary."""
PLAN_DELETED = "plan deleted"
"""The plan was cleaned up, and a deleted plan stays deleted."""


@attrs.define
class EndpointRecords:
    """The records of one endpoint, as a reader sees them."""

    lock: str
    """Value of the TXT record: host and epoch of the last change."""
    target: int
    """Generation of the tree the endpoint's alias points to; 0: no alias yet."""
    rollback: int
    """Generation of the tree the rollback alias points to; 0: no alias yet."""


class HostedZone:
    """All records of the zone, and the rules for changing them."""

    def __init__(
        self,
        endpoints: "Sequence[str]",
        addresses: "Sequence[str]",
        *,
        deleted_plan: str = "recreated",
        never_publish_empty: bool = False,
    ) -> None:
        self.endpoints = tuple(endpoints)
        self._addresses = tuple(addresses)
        self._refuse_deleted = deleted_plan == "refused"
        self._never_empty = never_publish_empty
        self._records = {name: EndpointRecords(NO_LOCK, 0, 0) for name in endpoints}
        self._trees: dict[int, dict[str, Tree]] = {}
        self._deleted: dict[int, None] = {}
        self._last_tree: dict[str, Tree] = {}
        self._answered: dict[str, tuple[Tree, tuple[str, ...]]] = {}
        self._broken: tuple[str, ...] | None = None
        """`broken_endpoints()` since the last change; None: to be found anew."""

    def guard_answers(self, never_empty: bool) -> None:
        """Whether the last answer is served while there is none; from now on."""
        self._never_empty = never_empty

    def publish(self, plan: Plan) -> None:
        """Put a plan in place for every endpoint: the zone as the run finds it."""
        for place, endpoint in enumerate(self.endpoints):
            self._trees.setdefault(plan.generation, {})[endpoint] = tree_of(plan, place)
            records = self._records[endpoint]
            records.target = records.rollback = plan.generation
        self._broken = None

    def apply(self, batch: ChangeBatch) -> str:
        """Carry out a batch, entirely or not at all; why not is one of the words above."""
        records = self._records[batch.endpoint]
        refusal = self._refusal(batch, records)
        if refusal is not None:
            return refusal
        self._broken = None
        if batch.tree is not None:
            made = self._trees.setdefault(batch.tree.generation, {})
            made[batch.endpoint] = batch.tree.tree
        if batch.rollback is not None:
            records.rollback = batch.rollback.generation
        records.target = batch.alias.generation
        records.lock = batch.lock.new
        return DONE

    def _refusal(self, batch: ChangeBatch, records: EndpointRecords) -> str | None:
        if records.lock != batch.lock.old:
            return BLOCKED
        if self._refuse_deleted and batch.alias.generation in self._deleted:
            return PLAN_DELETED
        if batch.alias.only_if_newer and records.target > batch.alias.generation:
            return STALE
        rollback = batch.rollback
        if rollback is not None and not self.tree_exists(rollback.generation, batch.endpoint):
            return NO_ROLLBACK_TARGET
        if batch.tree is None and not self.tree_exists(batch.alias.generation, batch.endpoint):
            return NO_ROLLBACK_TARGET
        return None

    def read(self, endpoint: str) -> EndpointRecords:
        """A copy of an endpoint's records. Raises KeyError for a name the zone does not hold."""
        records = self._records[endpoint]
        return EndpointRecords(records.lock, records.target, records.rollback)

    def generations(self) -> tuple[int, ...]:
        """Generations that have trees, oldest first."""
        return tuple(sorted(self._trees))

    def tree_exists(self, generation: int, endpoint: str) -> bool:
        """Whether a plan's tree for an endpoint is there."""
        return endpoint in self._trees.get(generation, {})

    def delete_plan(
        self, generation: int, *, spare_active: bool = False, spare_rollback: bool = False
    ) -> tuple[str, ...]:
        """Delete the trees of a plan, in use or not; the endpoints that lost their target by it.

        The two guards leave the trees that an endpoint's alias, or rollback alias, points to.
        """
        trees = self._trees.pop(generation, {})
        self._broken = None
        self._deleted[generation] = None
        broken: list[str] = []
        spared: dict[str, Tree] = {}
        for endpoint, tree in trees.items():
            records = self._records[endpoint]
            active = records.target == generation
            if (active and spare_active) or (records.rollback == generation and spare_rollback):
                spared[endpoint] = tree
            elif active:
                self._last_tree[endpoint] = tree
                broken.append(endpoint)
        if spared:
            self._trees[generation] = spared
        return tuple(broken)

    def resolve(self, endpoint: str) -> tuple[str, ...]:
        """All addresses behind a name; empty: the name exists but nothing is behind it.

        Raises KeyError for a name the zone does not hold.
        """
        records = self._records[endpoint]
        tree = self._trees.get(records.target, {}).get(endpoint)
        if tree is None and self._never_empty:
            tree = self._last_tree.get(endpoint)
        if tree is None:
            return ()
        known = self._answered.get(endpoint)
        if known is None or known[0] is not tree:
            addresses = tuple(self._addresses[balancer] for balancer in tree.balancers)
            known = self._answered[endpoint] = (tree, addresses)
        return known[1]

    def broken_endpoints(self) -> tuple[str, ...]:
        """Endpoints whose alias points to a tree that does not exist."""
        if self._broken is None:
            self._broken = tuple(
                name
                for name, records in self._records.items()
                if records.target and not self.tree_exists(records.target, name)
            )
        return self._broken

    def restore_from_rollback(self, endpoint: str, lock: str) -> bool:
        """Replace an endpoint's alias by one to its rollback tree; False when that is gone too."""
        records = self._records[endpoint]
        if not self.tree_exists(records.rollback, endpoint):
            return False
        self._broken = None
        records.target = records.rollback
        records.lock = lock
        return True

    def target_name(self, endpoint: str) -> str:
        """Name of the tree an endpoint points to; empty before the first plan."""
        target = self._records[endpoint].target
        return tree_name(target, endpoint) if target else ""
