"""How an export is made: what it may cost, its rows as a file, what stands beside the file."""
