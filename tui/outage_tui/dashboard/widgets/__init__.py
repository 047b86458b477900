"""Widgets, one a file: they give a drawing a place, a frame, focus and keys, and keep no truth."""
