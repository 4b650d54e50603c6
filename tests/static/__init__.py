"""Every shape of each file, rendered and read."""
