"""The measurements of benchmarks/ work; their figures are not looked at."""
