"""Pure drawings: views and a size in, lines of styled text out. No widget, no app, no clock.

They may import the agents' views and Rich's text types, and are tested without an application.
"""
