#!/bin/sh
# Archives one segment of the write-ahead log. Postgres calls it, and again until it succeeds;
# pgBackRest wants its name in the command.
set -eu
pgbackrest archive-push "$1" 2>/tmp/archive-push.log && exit 0
# The first of a new database. Offline: while it starts and stops, Postgres takes no connections.
if pgbackrest --no-online stanza-create >/dev/null 2>&1; then
  exec pgbackrest archive-push "$1"
fi
cat /tmp/archive-push.log >&2
exit 1
