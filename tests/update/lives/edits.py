"""The kinds of edits: each makes one, and returns what proves that it is there."""

from __future__ import annotations

from collections.abc import Callable

from tests.update.lives import other_edits
from tests.update.lives import python_edits
from tests.update.lives.owner import Owner
from tests.update.lives.proofs import Proof

Kind = Callable[[Owner], Proof]

KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        python_edits.add_function,
        python_edits.insert_function,
        python_edits.change_line,
        python_edits.rename_function,
        python_edits.add_route,
        python_edits.add_area,
        python_edits.add_model,
        python_edits.add_field,
        python_edits.add_setting,
        python_edits.change_setting,
        python_edits.add_test,
        python_edits.add_module,
        other_edits.add_line,
        other_edits.change_words,
        other_edits.rewrite_readme,
        other_edits.add_package,
        other_edits.move_file,
        other_edits.delete_file,
        other_edits.delete_lines,
        other_edits.format_otherwise,
        other_edits.replace_icon,
        other_edits.add_page,
        other_edits.make_executable,
    )
}
