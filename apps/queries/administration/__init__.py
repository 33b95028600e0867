"""Exports on pages: asking for one, watching it, taking its file."""
