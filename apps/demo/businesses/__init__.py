"""The businesses of the demonstration."""
