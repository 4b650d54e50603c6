"""The pages of rendered projects in a browser."""
