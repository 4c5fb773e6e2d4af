#!/bin/sh
# Recovers the database beside the data that the stack has, from a backup up to one moment; the stack may run.
# Runs in a container of the add-on's image that has the volumes of the stack at /devenv/VOLUME, as root.
#
#   BACKUP   the base backup to begin with
#   UNTIL    up to when the log is replayed, as Postgres reads it; empty for the end of the backup
#
# It may be killed at any moment: what is beside is not the data yet.
set -eu
old=/devenv/postgres-data
new=$old/postgres-data

as_postgres() {
  gosu postgres "$@"
}

rm -rf "$new"
install -d -o postgres -g postgres -m 0700 "$new"
as_postgres pgbackrest --pg1-path="$new" --set="$BACKUP" --type=none restore

# For this one start; Postgres reads the file after postgresql.conf.
settings=$new/postgresql.auto.conf
cp -p "$settings" /tmp/settings
if [ -n "$UNTIL" ]; then target="recovery_target_time = '$UNTIL'"; else target="recovery_target = 'immediate'"; fi
cat >>"$settings" <<EOF
$target
# The history that the backup is on: what a restore has abandoned can be had as well.
recovery_target_timeline = 'current'
recovery_target_action = 'promote'
# What is not archived yet is where the old data is.
restore_command = 'pgbackrest --pg1-path=$new archive-get %f "%p" || cp $old/pg_wal/%f "%p"'
# A history of its own begins, and is archived once this is the data of the stack.
archive_mode = on
archive_command = ''
hot_standby = off
listen_addresses = ''
unix_socket_directories = '/tmp'
EOF
as_postgres touch "$new/recovery.signal"
as_postgres postgres -D "$new" >/tmp/postgres.log 2>&1 &
server=$!
until as_postgres psql -h /tmp -U temporal -d postgres -qAtc 'SELECT 1' >/dev/null 2>&1; do
  # It ends by itself if what is archived does not come as far.
  kill -0 "$server" 2>/dev/null || { grep 'FATAL\|PANIC\|last completed' /tmp/postgres.log; exit 1; }
  sleep 0.2
done
as_postgres pg_ctl -D "$new" -m fast -w -t 600 -s stop
cat /tmp/settings >"$settings"

# OpenSearch has no backups: its index is made anew of what the database has.
if [ -d /devenv/opensearch-data ]; then
  rm -rf /devenv/opensearch-data/opensearch-data
  mkdir /devenv/opensearch-data/opensearch-data
  chown --reference=/devenv/opensearch-data /devenv/opensearch-data/opensearch-data
  chmod --reference=/devenv/opensearch-data /devenv/opensearch-data/opensearch-data
fi
