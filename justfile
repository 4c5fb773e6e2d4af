# `just` lists the recipes. They use the tools in .venv, whether or not it is activated, else those on PATH.

set positional-arguments

# tests/plugins/scheduling.py says which tests stay with one worker.
side_by_side := "-n 2 --dist loadscope"
# These wait for servers half of their time.
servers_side_by_side := "-n 4 --dist loadscope --no-loadscope-reorder"

# Else every Python that a test starts compiles all that it imports, and takes two to three times as long to start.
unexport PYTHONDONTWRITEBYTECODE
# With it some machines would hide that a program keeps to itself what it prints.
unexport PYTHONUNBUFFERED

export PATH := justfile_directory() / ".venv/bin:" + env("PATH")

[private]
default:
    @just --list --unsorted

# Install what developing devenv needs into .venv, in the versions of uv.lock
[group('dev')]
setup:
    @sh tools/install.sh dev

# Format, and repair what ruff can repair
[group('dev')]
fmt:
    ruff format
    ruff check --fix

# Check format, style, layers, the lock file and the shell scripts
[group('dev')]
lint:
    ruff format --check
    ruff check
    lint-imports
    uv lock --check
    shellcheck install.sh tools/*.sh devenv/export/kubernetes/templates/*.sh devenv/engines/*/*.sh .ci/run

# Check types
[group('dev')]
types:
    mypy

# Write the generated tables below docs/ and the JSON Schemas anew
[group('dev')]
docs:
    python -m tools.docs

# Write the catalog of the server's dynamic config settings anew; needs the Go toolchain
[group('dev')]
catalog:
    python -m tools.catalog

# Record which values a version of the official Helm chart knows: the directories of `charts/temporal` at its tags
[group('dev')]
chart-values *charts:
    python -m tools.chart_values "$@"

# Record what Kubernetes takes, and operators: FILE=SOURCE is a CustomResourceDefinition and where it comes from
[group('dev')]
kubernetes-schemas *definitions:
    python -m tools.kubernetes_schemas "$@"

# Write anew what templates of services become, exports of examples and the fields of JSON documents; review the difference
[group('dev')]
goldens:
    python -m tools.goldens
    TEMPORAL_DEVENV_TEST_GOLDENS=write pytest --quiet tests/cli/test_documents.py tests/unit/export/test_examples.py
    git --no-pager diff --stat -- tests/scaffold/goldens tests/cli/goldens tests/unit/export/goldens

# Lint, types and the quick tests; no engine needed
[group('test')]
[parallel]
check: lint types quick

# The quick tests
[group('test')]
quick:
    pytest {{ side_by_side }} tests/unit tests/cli tests/scaffold

# Every test; where an engine answers, the real stack too (`just engine test` makes sure of one)
[group('test')]
test: check prepare real

[private]
[parallel]
real: servers lend

[private]
servers:
    pytest {{ servers_side_by_side }} tests/integration tests/e2e

# The first to need it are tests in the middle of `servers`
[private]
lend:
    python -m tools.compiled

# What these tests need, where the machine does not have it yet
[private]
[parallel]
prepare: images services

[private]
images:
    python -m tools.images

[private]
services:
    python tests/compiled_ahead.py

# The tests on the real stack
[group('test')]
e2e *args:
    pytest {{ servers_side_by_side }} tests/e2e "$@"

# Twenty changes, each of which makes Compose replace one of the four containers (`just test` makes four)
[group('test')]
replacements changes="20":
    TEMPORAL_DEVENV_TEST_REPLACEMENTS={{ changes }} pytest tests/e2e/test_replaced_containers.py -k one_in_turn

# Traces of a generated service on the real stack; two images more are built first
[group('test')]
traces:
    TEMPORAL_DEVENV_TEST_TRACES=1 pytest tests/e2e/test_traces.py

# Snapshots of many workflows on every engine, with writes meanwhile, and commands that are killed at random moments
[group('test')]
snapshots completed="1000" running="100" kills="10":
    TEMPORAL_DEVENV_TEST_SNAPSHOTS={{ completed }},{{ running }},{{ kills }} pytest --capture=no --verbose tests/integration/test_snapshots.py tests/e2e/test_snapshots.py

# Every step of the workflow that `new-service --lang both` writes: green, then with a test broken
[group('test')]
ci-files engine="compose":
    TEMPORAL_DEVENV_TEST_CI_FILES={{ engine }} pytest --verbose tests/integration/test_ci_files.py -k generated

# Have every alert of the add-on observability fire and clear on the real stack
[group('test')]
alerts:
    TEMPORAL_DEVENV_TEST_ALERTS=1 pytest --verbose --durations=0 tests/e2e/test_alerts.py

# Write 200,000 log lines beside the add-on observability, which takes them, hangs or has ended
[group('test')]
log-flood:
    TEMPORAL_DEVENV_TEST_LOG_FLOOD=1 pytest --verbose --capture=no tests/e2e/test_log_flood.py

# Keycloak as the provider of the add-on `login`, in a browser: minutes, and 490 MB
[group('test')]
keycloak:
    TEMPORAL_DEVENV_TEST_KEYCLOAK=1 pytest tests/e2e/test_keycloak.py

# Every add-on at once: the suite of declared state, by TLS and with tokens, and a restore
[group('test')]
all-addons:
    TEMPORAL_DEVENV_TEST_ALL_ADDONS=1 pytest --verbose --durations=0 tests/e2e/test_all_addons.py

# 500 workflows run while each member of a cluster is killed in turn: none is lost, and how long each recovery takes
[group('test')]
roles workflows="500":
    TEMPORAL_DEVENV_TEST_ROLES={{ workflows }} pytest tests/e2e/test_roles.py

# Back up and restore many workflows on both visibility stores; the restore is killed at five moments
[group('test')]
backups workflows="100":
    TEMPORAL_DEVENV_TEST_BACKUPS={{ workflows }} pytest --verbose --durations=0 tests/e2e/test_backups.py

# Measure devenv against plain Compose and the bare development server
[group('test')]
bench *args:
    python -m tools.bench "$@"

# Measure the pytest plugin against a server for each test module
[group('test')]
plugin-bench *args:
    python -m tools.plugin_bench "$@"

# A newcomer's clock: seconds from `pip install` to a completed workflow in the Web UI
[group('test')]
newcomer *args:
    python -m tools.newcomer "$@"

# Send Ctrl-C or SIGTERM to commands at random moments, as often as asked: `just shots 300`
[group('test')]
shots count="300":
    TEMPORAL_DEVENV_TEST_SHOTS="{{ count }}" pytest tests/cli/test_stopping.py

# Launch stacks while a foreign server goes for one of their ports, and see that nobody writes to it
[group('test')]
foreign-servers launches="50":
    TEMPORAL_DEVENV_TEST_LAUNCHES={{ launches }} pytest --capture=no --verbose -k takes_a_port tests/integration/test_foreign_servers.py tests/e2e/test_foreign_servers.py

# Run the contract suite on the official images, which needs an image registry
[group('test')]
verify-official:
    devenv images pull
    TEMPORAL_DEVENV_TEST_IMAGES=official pytest tests/e2e/image_contracts

# Run the contract suite on other versions: `just verify-versions temporal=1.31.2`
[group('test')]
verify-versions *versions:
    python -m tools.images "$@"
    python -m tools.compiled
    TEMPORAL_DEVENV_TEST_VERSIONS="$*" pytest tests/e2e/image_contracts

# Build every version of docs/reference/versions.md, run the contract suite on it and bring it up; the table says when
[group('test')]
verify-all-versions:
    nice -n 19 python -m tools.verified
    python -m tools.docs

# Ask every server version for its dynamic config settings again, not the default one alone
[group('test')]
verify-catalog:
    TEMPORAL_DEVENV_TEST_CATALOG=all pytest tests/integration/test_catalog_generation.py

# Make sure that a Docker engine answers: install (as root on Debian and Ubuntu) and start what is missing
[group('stack')]
engine:
    @sh tools/engine.sh

# Stop the engine that `just engine` started
[group('stack')]
engine-stop:
    @sh tools/engine.sh stop

# devenv up
[group('stack')]
up *args:
    @devenv up "$@"

# devenv down
[group('stack')]
down *args:
    @devenv down "$@"

# devenv status
[group('stack')]
status *args:
    @devenv status "$@"

# devenv plan
[group('stack')]
plan *args:
    @devenv plan "$@"

# devenv apply
[group('stack')]
apply *args:
    @devenv apply "$@"

# Create a namespace: `just create-namespace myapp 7d`
[group('stack')]
create-namespace name *args:
    @devenv namespace create "$@"

# The namespaces of the stack, and where each is declared
[group('stack')]
list-namespaces *args:
    @devenv namespace list "$@"

# One namespace
[group('stack')]
describe-namespace name *args:
    @devenv namespace describe "$@"

# Delete a namespace with everything in it
[group('stack')]
delete-namespace name *args:
    @devenv namespace delete "$@"

# devenv doctor
[group('stack')]
doctor *args:
    @devenv doctor "$@"
