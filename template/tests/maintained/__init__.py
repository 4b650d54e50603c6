"""Tests of the files that the template maintains, and maintained with them."""
