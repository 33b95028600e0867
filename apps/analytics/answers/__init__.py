"""Computed answers: kept, shared, and given again when nothing better can be had."""
