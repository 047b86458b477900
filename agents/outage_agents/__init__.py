"""The cast of the us-east-1 outage of 19 and 20 October 2025, and the stage it plays on.

What lives here: one file for each component of the incident (`dns_planner`, `dns_enactor`,
`route53`, `dwfm`, `network_manager`, `nlb`, `service`, ...), each of which opens with the theory of
what it models; `region`, the cast list; `scenario` and `parameters`, every number with its source;
`actions` and `operators`, what people did; `timeline` and `milestones`, what really happened and
whether it happened here; `simulation` and `result`, one run and what came of it.

May import `outage_engine`, never `outage_tui`; no wall clock and no global randomness.
"""
