#!/bin/sh
# Brings a Temporal server to what declared.sh beside it declares. It may run at any time and any number of times:
# what is there already stays or is changed, nothing is deleted. It needs the Temporal CLI, whose variables
# (TEMPORAL_ADDRESS, TEMPORAL_TLS_...) say where the server is.
set -eu

here=$(dirname "$0")
wait_seconds=${BOOTSTRAP_WAIT_SECONDS:-900}

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# attempt OBJECT DONE COMMAND...: a new namespace is known to all members of the server only after seconds.
attempt() {
  object=$1 done=$2
  shift 2
  tries=12
  until output=$("$@" 2>&1); do
    tries=$((tries - 1))
    # The CLI says how it is called behind what is wrong.
    [ "$tries" -gt 0 ] || fail "$object could not be $done: ${output%%Usage:*}"
    sleep "${BOOTSTRAP_PAUSE_SECONDS:-5}"
  done
  printf '%s\n' "$object: $done"
}

wait_for_server() {
  deadline=$(($(date +%s) + wait_seconds))
  until reason=$(temporal operator cluster health --command-timeout 10s 2>&1); do
    [ "$(date +%s)" -lt "$deadline" ] ||
      fail "the server at $TEMPORAL_ADDRESS did not answer for $wait_seconds seconds; it needs its database: $reason"
    printf '%s\n' "waiting for the server at $TEMPORAL_ADDRESS: $reason"
    sleep "${BOOTSTRAP_PAUSE_SECONDS:-5}"
  done
}

# namespace NAME FLAGS...
namespace() {
  name=$1
  shift
  verb=create
  if temporal operator namespace describe --namespace "$name" >/dev/null 2>&1; then verb=update; fi
  attempt "namespace $name" "${verb}d" temporal operator namespace "$verb" --namespace "$name" "$@"
}

# search_attribute NAMESPACE NAME TYPE
search_attribute() {
  attempt "search attributes of $1" "read" temporal operator search-attribute list --namespace "$1" >/dev/null
  present=
  while read -r name kind _; do
    if [ "$name" = "$2" ]; then present=$kind; fi
  done <<END
$output
END
  if [ "$present" = "$3" ]; then
    printf '%s\n' "search attribute $2 of $1: is there"
    return
  fi
  [ -z "$present" ] || fail "search attribute $2 of $1 is $present, not $3, and no server changes that"
  attempt "search attribute $2 of $1" "created" \
    temporal operator search-attribute create --namespace "$1" --name "$2" --type "$3"
}

# nexus_endpoint NAME FLAGS...
nexus_endpoint() {
  name=$1
  shift
  verb=create
  if temporal operator nexus endpoint get --name "$name" >/dev/null 2>&1; then verb=update; fi
  attempt "Nexus endpoint $name" "${verb}d" temporal operator nexus endpoint "$verb" --name "$name" "$@"
}

# schedule NAMESPACE ID FLAGS... [-- FLAGS that only a new schedule can have]
# One that somebody has paused stays paused.
schedule() {
  namespace=$1 id=$2
  shift 2
  verb=create
  paused=
  if found=$(temporal schedule describe --namespace "$namespace" --schedule-id "$id" --output json 2>/dev/null); then
    verb=update
    case $found in *'"paused": true'*) paused=yes ;; esac
  fi
  is_for_new=
  for word; do
    shift
    if [ "$word" = -- ]; then
      is_for_new=yes
    elif [ -z "$is_for_new" ] || [ "$verb" = create ]; then
      if [ "$word" = --paused ]; then paused=yes; else set -- "$@" "$word"; fi
    fi
  done
  if [ -n "$paused" ]; then set -- "$@" --paused; fi
  attempt "schedule $id of $namespace" "${verb}d" \
    temporal schedule "$verb" --namespace "$namespace" --schedule-id "$id" "$@"
}

# task_queue NAMESPACE NAME FLAGS...
task_queue() {
  namespace=$1 name=$2
  shift 2
  attempt "task queue $name of $namespace" "limited" \
    temporal task-queue config set --namespace "$namespace" --task-queue "$name" --task-queue-type activity "$@"
}

wait_for_server
# shellcheck source=/dev/null
. "$here/declared.sh"
printf '%s\n' "All that is declared is there."
