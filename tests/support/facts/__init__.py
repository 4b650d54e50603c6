"""What the template declares, read for the tests."""
