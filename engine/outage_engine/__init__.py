"""The engine: a deterministic simulation of actors that exchange messages in virtual time.

It knows nothing of clouds or outages. What lives here, in the order in which it builds:

- `clock`, `heap`, `random_streams`, `samplers`: virtual time, the one order of events, chance.
- `world`, `actor`, `links`, `pace`: who acts, who hears whom, and how fast it is shown.
- `station`, `client`, `retry`, `token_bucket`, `circuit_breaker`, `ttl_cache`, `health_check`,
  `throttle`, `leases`: the queueing and retry parts that actors are built from.
- `telemetry`, `series`, `histogram`, `checkers`, `narration`: what is measured, watched and told.
- `digest`, `recording`: what happened, in canonical bytes; kept, played back and verified.

May import nothing of `outage_agents` or `outage_tui`, no wall clock and no global randomness.
"""
