"""The page about the data behind the figures."""
