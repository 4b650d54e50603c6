"""Tests of the files that the template maintains; updates change them too."""
