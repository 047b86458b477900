"""The terminal: the command line, the simulator's host process, the dashboard, recordings.

`cli.main` is where everything begins. Each command is a module that is imported only when it runs.
Textual is imported by `dashboard` alone. May import `outage_agents` and `outage_engine`.
"""
