"""Measurements: a load generator that signs, the peers beside us, and the page that tells what came out."""
