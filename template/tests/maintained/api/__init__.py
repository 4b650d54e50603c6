"""Tests of app/api/requests.py."""
