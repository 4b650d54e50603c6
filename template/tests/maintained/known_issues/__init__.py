"""One module for each known issue of docs/known-issues.md."""
