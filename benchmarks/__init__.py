"""Side-by-side measurements of what a preset gives: `python -m benchmarks`."""
