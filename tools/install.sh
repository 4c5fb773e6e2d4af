#!/bin/sh
# Puts devenv, editable, and the versions that uv.lock names into .venv of this checkout.
#
#     sh tools/install.sh          what users need, and `just`
#     sh tools/install.sh dev      what its developers need, too
#
# Needs Python 3.11 or newer, or uv. What is there and current is left alone.
set -eu

cd "$(dirname "$0")/.."
checkout=$(pwd -P)
venv=$checkout/.venv

say() { printf 'devenv: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# pip and uv know a private certificate authority by different variables.
if [ -z "${SSL_CERT_FILE:-}" ] && [ -n "${PIP_CERT:-}" ]; then
  export SSL_CERT_FILE="$PIP_CERT"
fi

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# The first Python that can make an environment by itself, else the first that is new enough.
find_python() {
  found=
  for candidate in python3 python3.14 python3.13 python3.12 python3.11 /usr/bin/python3; do
    is_new_enough "$candidate" || continue
    if makes_environments "$candidate"; then
      echo "$candidate"
      return
    fi
    found=${found:-$candidate}
  done
  echo "$found"
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Debian and Ubuntu keep what makes environments in a package of its own.
install_venv_module() {
  packages="apt-get install -y --no-install-recommends python3-venv"
  if ! command -v apt-get >/dev/null || ! is_new_enough /usr/bin/python3; then
    fail "$1 lacks the modules venv and ensurepip; install them, or install uv, and try again"
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "Python lacks the modules venv and ensurepip; ask an administrator to run: $packages"
  fi
  say "Python lacks the modules venv and ensurepip; running: $packages"
  as_root apt-get update -q >&2 || say "apt-get update failed; trying with the lists that are there"
  # shellcheck disable=SC2086  # a command and its arguments
  as_root env DEBIAN_FRONTEND=noninteractive $packages -q >&2 </dev/null
}

make_environment() {
  python=$(find_python)
  if command -v uv >/dev/null; then
    # Without a Python to name, uv finds or fetches one that pyproject.toml allows.
    uv venv --quiet ${python:+--python "$python"} "$venv"
    return
  fi
  [ -n "$python" ] || fail "Python 3.11 or newer is needed (or uv, which fetches one); found $(python3 -V 2>&1 || true)"
  if ! makes_environments "$python"; then
    install_venv_module "$python"
    python=/usr/bin/python3
  fi
  "$python" -m venv "$venv"
}

# An environment does not survive that its Python goes, or that the checkout is moved or copied.
if [ -d "$venv" ]; then
  if [ ! -e "$venv/bin/activate" ] || ! is_new_enough "$venv/bin/python"; then
    say ".venv is incomplete, or its Python is gone or too old; making it anew"
    rm -rf "$venv"
  elif [ -e "$venv/bin/devenv" ] && ! grep -qF "$venv/bin/python" "$venv/bin/devenv"; then
    say ".venv was made in another place; making it anew"
    rm -rf "$venv"
  fi
fi

quiet=
if [ -e "$venv/bin/devenv" ]; then
  # Said only when asked for more: usually there is nothing to do.
  [ $# -gt 0 ] || quiet=--quiet
else
  say "installing into $venv"
  [ -d "$venv" ] || make_environment
fi

uv=$venv/bin/uv
if [ ! -x "$uv" ]; then
  if command -v uv >/dev/null; then
    uv=uv
  else
    locked_uv=$(sed -n '/^name = "uv"$/{n;s/^version = "\(.*\)"$/\1/p;}' uv.lock)
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$locked_uv"
  fi
fi

# Not `uv sync`: it insists on the index that the lock was made with, and many companies have a mirror.
locked=$(mktemp)
trap 'rm -f "$locked"' EXIT
"$uv" export --quiet --frozen --no-emit-project --no-dev --group tools ${1:+--extra "$1"} --output-file "$locked"
# Compiled once here: with PYTHONDONTWRITEBYTECODE, usual in containers and CI, every command would compile it all.
# Not so what only developers have: `just` has Python keep what it compiles.
compile=--compile-bytecode
[ $# -eq 0 ] || compile=
"$uv" pip install $quiet $compile --python "$venv/bin/python" --require-hashes --requirements "$locked"
"$uv" pip install $quiet --python "$venv/bin/python" --no-deps --editable .
"$venv/bin/python" -m compileall -q -x /templates/ devenv

if [ -z "$quiet" ]; then
  say "installed; in another shell: . '$venv/bin/activate'"
fi
