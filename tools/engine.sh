#!/bin/sh
# Makes sure that a Docker engine answers, and that what the tests need besides is there.
#
#     sh tools/engine.sh           installs (as root on Debian and Ubuntu) and starts what is missing
#     sh tools/engine.sh stop      stops the engine that this script started, and no other
#
# It says what it does before it does it. An engine that answers is left as it is.
set -eu

PATH=$PATH:/usr/sbin:/sbin
state=${XDG_STATE_HOME:-$HOME/.local/state}/temporal-devenv/engine
log=$state/dockerd.log
pid_file=$state/dockerd.pid
# The process number and the moment it was born: a number alone is used again.
identity=$state/started

say() { printf 'engine: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

answers() { docker version >/dev/null 2>&1; }
has_compose() { docker compose version >/dev/null 2>&1; }
has_browser() {
  for browser in chromium-headless-shell chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null; then return; fi
  done
  return 1
}
has_go() { go version 2>/dev/null | grep -Eq "go1\.(2[1-9]|[3-9][0-9])"; }
is_installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# --- what is missing ------------------------------------------------------------------------------------------

# Debian 12's own engine, 20.10, cannot probe a starting container often (start_interval).
has_engine() {
  major=$(dockerd --version 2>/dev/null | sed -n 's/^Docker version \([0-9]*\).*/\1/p')
  [ "${major:-0}" -ge 25 ] && has_compose
}

engine_packages() {
  case $release in
    debian-bookworm)
      echo docker.io/trixie containerd/trixie docker-cli/trixie docker-compose/trixie docker-buildx/trixie \
        runc iptables ;;
    debian-*) echo docker.io docker-cli docker-compose docker-buildx ;;
    ubuntu-*) echo docker.io docker-compose-v2 docker-buildx ;;
  esac
}

# What makes the base of stand-in images where no registry answers, and the browser of the Web UI's test.
test_packages() {
  for package in mmdebstrap debian-archive-keyring; do
    is_installed "$package" || echo "$package"
  done
  case $release in
    debian-*) has_browser || echo chromium-headless-shell ;;
  esac
  has_go || go_packages
}

# Go 1.21 or newer, which fetches the toolchain that the server's go.mod asks for. Debian 12's own is older.
go_packages() {
  case $release in
    debian-bookworm)
      echo golang-go/trixie golang-src/trixie golang-1.24-go/trixie golang-1.24-src/trixie ca-certificates ;;
    *) echo golang-go ca-certificates ;;
  esac
}

note_missing_browser() {
  if has_browser; then
    return
  fi
  case $release in
    debian-*) say "the Web UI's test needs Chromium: apt-get install chromium-headless-shell" ;;
    ubuntu-*) say "the Web UI's test needs Chromium, which Ubuntu has as a snap only: snap install chromium" ;;
    *) say "the Web UI's test needs Chromium" ;;
  esac
}

# --- installing -----------------------------------------------------------------------------------------------

# Debian 12 takes its engine, and nothing else, from Debian 13: the same mirrors with another suite.
add_trixie() {
  source=/etc/apt/sources.list.d/temporal-devenv-trixie.sources
  preference=/etc/apt/preferences.d/temporal-devenv-trixie
  # shellcheck disable=SC2016  # a variable of apt's
  mirrors=$(apt-get indextargets --format '$(REPO_URI)' \
    'Identifier: Packages' 'Origin: Debian' 'Label: Debian' 'Codename: bookworm' 'Component: main' | sort -u)
  [ -n "$mirrors" ] || fail "apt names no mirror of Debian 12; an engine 25 or newer must be installed by hand"
  say "adding Debian 13 to apt for the engine alone ($source, priority 50)"
  printf 'Package: *\nPin: release n=trixie\nPin-Priority: 50\n' >"$preference"
  for mirror in $mirrors; do
    printf 'Types: deb\nURIs: %s\nSuites: trixie\nComponents: main\n' "$mirror"
    printf 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n'
  done >"$source"
  apt-get update -q
}

install() {
  [ $# -gt 0 ] || return 0
  say "installing: $*"
  apt-get update -q
  case "$*" in
    *trixie*) add_trixie ;;
  esac
  # A package's own start of the engine would be one that nobody stops: runlevel 1 starts nothing.
  # Another engine, such as Docker's own packages, is not to be removed for this one.
  RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-remove --no-install-recommends "$@" </dev/null
}

explain() {
  if docker version 2>&1 | grep -q 'permission denied'; then
    fail "the engine refuses this user; join the group docker (sudo usermod -aG docker $(id -un)) and log in again"
  fi
  case $(uname -s) in
    Darwin)
      say "no Docker engine answers; start Docker Desktop, OrbStack or Colima, for instance:"
      fail "    brew install colima docker docker-compose docker-buildx && colima start --memory 4" ;;
  esac
  say "no Docker engine answers, and this script installs one as root on Debian and Ubuntu only"
  case $release in
    debian-* | ubuntu-*) fail "run: sudo sh tools/engine.sh, join the group docker, and log in again" ;;
  esac
  fail "install Docker Engine 25 or newer with Compose 2.24.4 or newer (docs.docker.com/engine/install) and start it"
}

# --- starting and stopping ------------------------------------------------------------------------------------

birth() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }
is_a() {
  case $(cat "/proc/$1/stat" 2>/dev/null) in
    "$1 ($2) Z"*) false ;; # ended, and nobody has asked how
    "$1 ($2) "*) ;;
    *) false ;;
  esac
}

started_by_us() {
  [ -s "$identity" ] || return 1
  read -r pid born <"$identity"
  is_a "$pid" dockerd && [ "$(birth "$pid")" = "$born" ]
}

# After a kill or a crash the number in such a file can be anyone's, and the engine believes it.
forget_dead() {
  if [ -s "$1" ] && ! is_a "$(cat "$1")" "$2"; then
    rm -f "$1"
  fi
}

start() {
  if [ -d /run/systemd/system ]; then
    say "starting the engine: systemctl start docker"
    systemctl start docker
    answers || fail "it does not answer; see: journalctl -u docker"
    return
  fi
  mkdir -p "$state"
  forget_dead "$pid_file" dockerd
  forget_dead /var/run/docker.pid dockerd
  forget_dead /var/run/docker/containerd/containerd.pid containerd
  say "starting the engine: dockerd, log in $log"
  setsid dockerd --pidfile "$pid_file" </dev/null >"$log" 2>&1 &
  launched=$!
  tries=0
  until answers; do
    tries=$((tries + 1))
    if [ "$tries" -gt 120 ] || ! kill -0 "$launched" 2>/dev/null; then
      tail -n 15 "$log" >&2
      fail "the engine did not start; its last lines are above, all of them in $log"
    fi
    sleep 0.5
  done
  pid=$(cat "$pid_file")
  echo "$pid $(birth "$pid")" >"$identity"
}

stop() {
  if ! started_by_us; then
    say "no engine that this script started is running"
    return
  fi
  say "stopping the engine that this script started (process $pid)"
  kill "$pid"
  tries=0
  while started_by_us; do
    tries=$((tries + 1))
    [ "$tries" -le 240 ] || fail "process $pid is still there after 60 s; see $log"
    sleep 0.25
  done
  rm -f "$identity"
}

# --------------------------------------------------------------------------------------------------------------

release=other
if [ -r /etc/os-release ]; then
  # shellcheck disable=SC1091  # the machine's own
  release=$(. /etc/os-release && echo "$ID-${VERSION_CODENAME:-}")
fi
can_install() {
  case $release in
    debian-* | ubuntu-*) [ "$(id -u)" = 0 ] ;;
    *) false ;;
  esac
}

report() {
  version=$(docker version -f '{{.Server.Version}}')
  say "an engine answers: Docker $version, Compose $(docker compose version --short)"
  [ "${version%%.*}" -ge 25 ] || fail "Docker $version is too old: 25 or newer is needed"
}

main() {
  if answers; then
    has_compose || fail "an engine answers, but \`docker compose\` does not work: install Docker's Compose plugin"
    report
    if can_install; then
      # shellcheck disable=SC2046  # names of packages
      install $(test_packages)
    fi
  elif [ -n "${DOCKER_HOST:-}" ]; then
    fail "DOCKER_HOST is $DOCKER_HOST, and nothing answers there; unset it or start that engine"
  elif can_install; then
    # shellcheck disable=SC2046  # names of packages
    install $(has_engine || engine_packages) $(test_packages)
    answers || start
    report
  else
    explain
  fi
  note_missing_browser
}

case ${1:-} in
  '') main ;;
  stop) stop ;;
  *) fail "usage: sh tools/engine.sh [stop]" ;;
esac
