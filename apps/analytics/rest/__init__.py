"""/api/analytics: questions to the metrics over HTTP."""
