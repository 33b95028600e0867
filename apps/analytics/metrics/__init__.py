"""Metrics: what a figure means, declared once, and asked for by every surface."""
