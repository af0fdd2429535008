"""What keeps the repository honest: checks, generated documents, ways to find things. Run with `python -m tools.x`."""
