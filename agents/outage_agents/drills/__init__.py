"""Drills: somebody commands an incident that the simulation plays, and is told afterwards how.

What other disciplines of training do, and is done here: the exercise has a master list of events,
what players see passes instruments of its own (nuclear and flight simulators), and what is judged
is the command of an incident, not the knowledge of one. A drill only observes its run; what players
do reaches it as inputs like any other, so the run stays an ordinary, repeatable one.
"""
