# The layers of the tests: `.venv/bin/just` lists them. CONTRIBUTING.md has the table.

python := ".venv/bin/python"
pytest := ".venv/bin/pytest"

[private]
default:
    @{{ quote(just_executable()) }} --list --unsorted

# Make .venv with the tools, each by its hash
install:
    python3 -m venv .venv
    .venv/bin/pip install --quiet --require-hashes --requirement requirements-dev.txt

# Check one combination from end to end: just one auth=no server=granian
one *answers:
    {{ pytest }} --answers={{ quote(answers) }} -k "no_combination or a_row" tests/static/test_space.py tests/executed/test_array.py

# Run the short layer, the README's
short *arguments:
    {{ pytest }} {{ arguments }}

# Run another layer, by the folder in tests/: just layer executed
layer name *arguments:
    {{ pytest }} tests/{{ name }} {{ arguments }}

# Make the ordinary changes whose names have some words: just change "start page"
change words:
    {{ pytest }} --all tests/changes -k {{ quote(words) }}

# Run what CI runs on every push
everything:
    .ci/run

# Run what CI runs in the night
nightly:
    .ci/nightly

# Lint, and check the format
lint:
    .venv/bin/ruff check .
    .venv/bin/ruff format --check .

# Check the types of the tests
types:
    .venv/bin/mypy

# Record what follows from the declarations: lists of files, weights, tables of the pages
record:
    {{ python }} -m tests.static.file_lists
    {{ python }} -m tests.commands.weights
    {{ python }} -m tests.static.readers
    {{ python }} -m tests.commands.release_notes
    {{ python }} -m tests.commands.made_tables
    {{ python }} -m benchmarks.page

# Take the pictures of the README, with Chromium, after a change of a page
pictures:
    {{ python }} -m tests.commands.pictures

# Take the pictures in tests/pages/pictures that have changed
page-pictures:
    {{ python }} -m tests.pages.pictures

# Record what the tests of a project cost: on a machine that does nothing else
weigh:
    {{ python }} -m tests.commands.weights --costs

# Measure side by side, on a machine that does nothing else: just bench --help
bench *arguments:
    {{ python }} -m benchmarks {{ arguments }}

# Print what differs between two releases: just release-diff v0.13.1 v0.14.1 preset=api
[positional-arguments]
release-diff *arguments:
    @{{ python }} -m tests.commands.release_diff "$@"

# Write the page of what changed, with all releases, into a new folder
store folder *releases:
    {{ python }} -m tests.commands.store {{ quote(folder) }} {{ releases }}

# Write the skeleton of a piece that one yes/no question brings: just piece cache
piece name:
    {{ python }} -m tests.commands.new_piece {{ name }}

# Write the page of results, from what a run recorded: pytest --records FILE
results file:
    {{ python }} -m tests.commands.results {{ quote(file) }}

# Show the idioms that plain technical English has other words for
prose:
    {{ python }} -m tests.static.prose

# Pin the tools and what is measured, after a change of a pyproject.toml
pin:
    .venv/bin/uv pip compile --quiet --generate-hashes --python-version 3.11 --universal --no-emit-index-url --group dev --output-file requirements-dev.txt
    {{ python }} -m benchmarks.pins
