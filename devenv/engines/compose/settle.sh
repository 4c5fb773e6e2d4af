#!/bin/sh
# Makes data that was restored beside the old data of volumes the only one; or undoes that (`copies.py`).
# Runs in a container of the Postgres image that has the volumes at /devenv/VOLUME, as root, without a network.
#
#   commit   have Postgres open the restored data and take POSTGRES_PASSWORD; from then on go forward
#            with TIMELINE, eight hexadecimal digits, its log goes on under that number or a higher one
#   settle   what was committed goes forward, anything else is deleted
#
# It may be killed at any moment, and is run again then. In each volume /devenv/VOLUME/VOLUME is what was
# restored, `.devenv-emptied` says that the old data is gone, `.devenv-done` that the new is in its place.
set -eu
cd /devenv
committed=postgres-data/.devenv-committed

open_restored() {
  [ -d postgres-data/postgres-data ] || { echo "the snapshot has no data of Postgres" >&2; exit 1; }
  # Of a server that ran when it was copied.
  rm -f postgres-data/postgres-data/postmaster.pid
  # The quotes are safe: the password is made of letters, digits, `-` and `_`. A statement that fails is no
  # failure of the program, and is printed.
  echo "ALTER ROLE temporal PASSWORD '$POSTGRES_PASSWORD'" |
    gosu postgres postgres --single -D postgres-data/postgres-data temporal >/tmp/said 2>&1 && failed= || failed=1
  if [ -n "$failed" ] || grep -q 'ERROR:\|FATAL:\|PANIC:' /tmp/said; then
    grep -v STATEMENT /tmp/said >&2
    exit 1
  fi
  begin_history
}

# Where the log is archived, that of data of an earlier moment has a number of its own: it goes on elsewhere. After
# a recovery, too: numbers have to grow from one history to the next, or pgBackRest deletes what is still needed.
begin_history() {
  [ -n "${TIMELINE:-}" ] || return 0
  number=$((0x$TIMELINE))
  # The clock may have been put back.
  for data in postgres-data postgres-data/postgres-data; do
    known=$(pg_controldata -D "$data" 2>/dev/null | sed -n "s/^Latest checkpoint's TimeLineID: *//p")
    [ "$number" -gt "${known:-0}" ] || number=$((known + 1))
  done
  timeline=$(printf %08X "$number")
  gosu postgres pg_resetwal -l "${timeline}0000000000000001" -D postgres-data/postgres-data >/dev/null
}

go_forward() {
  for volume in *; do
    [ ! -e "$volume/.devenv-done" ] || continue
    if [ ! -e "$volume/.devenv-emptied" ]; then
      find "$volume" -mindepth 1 -maxdepth 1 ! -name "$volume" ! -name '.devenv-*' -exec rm -rf {} +
      : >"$volume/.devenv-emptied"
    fi
    if [ -d "$volume/$volume" ]; then
      chown --reference="$volume/$volume" "$volume"
      chmod --reference="$volume/$volume" "$volume"
      find "$volume/$volume" -mindepth 1 -maxdepth 1 -exec mv -t "$volume" {} +
      rmdir "$volume/$volume"
    fi
    : >"$volume/.devenv-done"
  done
  rm "$committed"
}

[ "$1" != commit ] || { open_restored; sync; : >"$committed"; }
if [ -e "$committed" ]; then
  go_forward
  echo restored
fi
for volume in *; do
  rm -rf "${volume:?}/$volume" "$volume/.devenv-emptied" "$volume/.devenv-done"
  [ -n "$(ls -A "$volume")" ] || echo "empty $volume"
done
