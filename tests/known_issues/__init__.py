"""The known issues, on real servers and with faults planted."""
