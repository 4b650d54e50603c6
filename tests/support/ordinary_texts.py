"""Ordinary texts that other checks for the marks of a conflict refuse."""

from __future__ import annotations

ORDINARY = {
    "a break of Markdown": "two blanks  \nend a line\n",
    "a heading of seven characters": "Heading\n=======\n\ntext\n",
    "a heading with a line above": "=======\nHeading\n=======\n",
    "a quoted mail": ">>>>>>> he wrote\n>>>>>> she wrote\n",
    "marks inside a line": "Between `<<<<<<< before updating` and `=======`.\n",
    "marks of a merge in a text": "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> main\n",
    "no newline and a blank line at the end": "text\n\n\n  ",
}
