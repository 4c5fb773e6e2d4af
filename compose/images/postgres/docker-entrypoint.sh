#!/usr/bin/env bash
# Starts Postgres, and on an empty PGDATA makes the cluster first, as the official image promises.
set -Eeuo pipefail

fail() {
  echo "error: $*" >&2
  exit 1
}

# resolve NAME [DEFAULT]: sets NAME from itself, from the file that NAME_FILE names, or to DEFAULT.
resolve() {
  local name=$1 file_name="$1_FILE" value=${2-}
  [[ -z ${!name-} || -z ${!file_name-} ]] || fail "set $name or $file_name, not both"
  if [[ -n ${!file_name-} ]]; then
    value=$(<"${!file_name}")
  elif [[ -n ${!name-} ]]; then
    value=${!name}
  fi
  printf -v "$name" '%s' "$value"
  unset "$file_name"
}

resolve_settings() {
  resolve POSTGRES_PASSWORD
  resolve POSTGRES_USER postgres
  resolve POSTGRES_DB "$POSTGRES_USER"
  resolve POSTGRES_INITDB_ARGS
  resolve POSTGRES_HOST_AUTH_METHOD scram-sha-256
  [[ -n $POSTGRES_PASSWORD || $POSTGRES_HOST_AUTH_METHOD == trust ]] ||
    fail "POSTGRES_PASSWORD is empty: set it, or set POSTGRES_HOST_AUTH_METHOD=trust to need none"
}

own_directories() {
  mkdir -p "$PGDATA" /var/run/postgresql
  chown -R postgres "$PGDATA"
  chown postgres /var/run/postgresql
  chmod 0700 "$PGDATA" || true  # some mounts refuse, and Postgres checks for itself
}

create_cluster() {
  local arguments=(--pgdata="$PGDATA" --username="$POSTGRES_USER")
  [[ -z $POSTGRES_PASSWORD ]] || arguments+=(--pwfile=/dev/stdin)
  # Word by word, quotes honoured: the variable holds a piece of command line.
  eval "initdb \"\${arguments[@]}\" $POSTGRES_INITDB_ARGS" <<<"$POSTGRES_PASSWORD"
  printf '\nhost all all all %s\n' "$POSTGRES_HOST_AUTH_METHOD" >>"$PGDATA/pg_hba.conf"
}

# The socket alone, so that nobody takes a database that is still being made for a ready one.
start_temporary_server() {
  local options
  printf -v options '%q ' "$@" -c 'listen_addresses=' -p "${PGPORT:-5432}"
  NOTIFY_SOCKET='' pg_ctl --pgdata="$PGDATA" --options="$options" --wait --silent start
}

run_sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" "$@"
}

create_database() {
  [[ $POSTGRES_DB != postgres ]] || return 0
  run_sql --dbname postgres --quiet --set name="$POSTGRES_DB" <<<'CREATE DATABASE :"name";'
}

run_init_script() {
  echo "running $1"
  case $1 in
    *.sh) if [[ -x $1 ]]; then "$1"; else . "$1"; fi ;;
    *.sql) run_sql --dbname "$POSTGRES_DB" --file "$1" ;;
    *.sql.gz) gunzip --stdout "$1" | run_sql --dbname "$POSTGRES_DB" ;;
    *.sql.xz) xz --decompress --stdout "$1" | run_sql --dbname "$POSTGRES_DB" ;;
    *.sql.zst) zstd --decompress --stdout "$1" | run_sql --dbname "$POSTGRES_DB" ;;
    *) echo "ignoring $1" ;;
  esac
}

run_init_scripts() {
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    [[ ! -e $script ]] || run_init_script "$script"
  done
}

# "$@": the options of the server, which the temporary one takes too (fsync=off makes it quicker).
initialise() {
  resolve_settings
  export POSTGRES_USER POSTGRES_DB POSTGRES_PASSWORD
  create_cluster
  start_temporary_server "$@"
  create_database
  run_init_scripts
  pg_ctl --pgdata="$PGDATA" --mode=fast --wait --silent stop
  echo "the database is initialised"
}

only_asks() {
  local argument
  for argument in "$@"; do
    case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
  done
  return 1
}

main() {
  [[ ${1-} != -* ]] || set -- postgres "$@"
  if [[ ${1-} != postgres ]] || only_asks "$@"; then
    exec "$@"
  fi
  if [[ $(id -u) == 0 ]]; then
    own_directories
    exec gosu postgres "$BASH_SOURCE" "$@"
  fi
  [[ -s $PGDATA/PG_VERSION ]] || initialise "${@:2}"
  unset POSTGRES_PASSWORD PGPASSWORD
  exec "$@"
}

main "$@"
