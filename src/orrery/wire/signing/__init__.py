"""AWS request signatures as pure functions: nothing here reads a clock, keeps a secret or knows a principal."""
