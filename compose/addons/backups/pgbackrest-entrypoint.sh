#!/bin/sh
# Starts Postgres as the image below does, and has it archive its write-ahead log.
set -eu
case "${1-}" in
  postgres | -*)
    # A segment is archived when it is full, and after this time in any case: so much is lost with the volume.
    set -- "$@" -c archive_mode=on -c "archive_command=pgbackrest-archive.sh %p" -c archive_timeout=60
    ;;
esac
exec docker-entrypoint.sh "$@"
