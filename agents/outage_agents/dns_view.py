"""The dashboard's DNS panel, put together from the snapshots of those who know its parts."""

from outage_agents.dns_planner import PlannerView
from outage_agents.global_tables import GlobalTablesView
from outage_agents.resolvers import ResolversView
from outage_agents.route53 import Route53View
from outage_agents.views import DnsView, EnactorView


def dns_view(
    route53: Route53View,
    planner: PlannerView,
    enactors: tuple[EnactorView, ...],
    customers: ResolversView,
    internal: ResolversView,
    global_tables: GlobalTablesView,
) -> DnsView:
    """One frame of the panel."""
    stopped = all(enactor.state == "stopped" for enactor in enactors)
    return DnsView(
        endpoint=route53.endpoint,
        state=route53.state,
        since_ns=route53.since_ns,
        answers=route53.answers,
        answer_count=route53.answer_count,
        target=route53.target,
        target_generation=route53.target_generation,
        target_exists=route53.target_exists,
        rollback_generation=route53.rollback_generation,
        rollback_exists=route53.rollback_exists,
        newest_generation=planner.newest_generation,
        lock_holder=route53.lock_holder,
        lock_epoch=route53.lock_epoch,
        automation="stopped" if stopped else "running",
        override=internal.override,
        customers_empty_share=customers.empty_share,
        internal_empty_share=internal.empty_share,
        replication_lag_s=global_tables.worst_lag_s,
        stale_overwrites=route53.stale_overwrites,
        races=route53.races,
        broken_endpoints=route53.broken_endpoints,
        enactors=enactors,
        negative_ttl_s=min(route53.negative_ttl_s, route53.soa_minimum_s),
        soa_minimum_s=route53.soa_minimum_s,
        customers_empty_left_s=customers.empty_left_s,
        internal_empty_left_s=internal.empty_left_s,
        customers_answers=customers.addresses,
        internal_answers=internal.addresses,
        broken_names=route53.broken_names,
    )
