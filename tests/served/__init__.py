"""Projects on each server and behind each proxy."""
