"""The rules of AGENTS.md, read from the source."""
