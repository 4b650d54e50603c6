"""What recipes of the justfile run."""
