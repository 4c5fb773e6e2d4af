# The rest of a `temporal` that devenv writes for one command, and deletes after it. The lines in front of this set
#   address    the stack's server, as host:port
#   presets    a file of the Temporal CLI's presets that names that address
#   real       the Temporal CLI that devenv brings
#   searches   yes if another Temporal CLI on the PATH is to be preferred

# shellcheck shell=sh disable=SC2154

fail() {
    printf 'error: %s\n\nhint: %s\n' "$2" "$3" >&2
    exit "$1"
}

refuse() {
    fail 2 "$1" "the stack is on $address; to reach another server, call the Temporal CLI without devenv"
}

check_own_address() {
    case $1 in
        "$address" | "localhost:${address##*:}") ;;
        *) refuse "--address $1 is another server than the stack" ;;
    esac
}

search_real() {
    set -f
    IFS=:
    for place in $PATH; do
        # A `temporal` that devenv wrote for another stack would refuse the server of this one.
        if [ -n "$place" ] && [ ! -e "$place/${presets##*/}" ] && [ -f "$place/temporal" ] && [ -x "$place/temporal" ]; then
            real=$place/temporal
            break
        fi
    done
    unset IFS
    set +f
}

[ -z "$searches" ] || search_real
if [ ! -x "$real" ]; then
    # shellcheck disable=SC2016  # backquotes for people
    fail 127 "There is no Temporal CLI on the PATH, and none at $real" 'run `devenv doctor`'
fi

unset TEMPORAL_ENV TEMPORAL_PROFILE
# These reach no server, and what `env set` and `config set` write is to be kept.
case ${1-} in
    env | config | completion | __complete*) exec "$real" "$@" ;;
esac

# After `--`, too: it may be the value of an option, and then what follows is options still.
previous=
for argument; do
    [ "$previous" != --address ] || check_own_address "$argument"
    case $argument in
        --address=*) check_own_address "${argument#*=}" ;;
        --env | --env=* | --env-file | --env-file=*)
            refuse "${argument%%=*} can name another server than the stack"
            ;;
    esac
    previous=$argument
done

# Presets hold for each command that knows the flag, and beat variables, profiles and files.
TEMPORAL_CONFIG_FILE=/dev/null
export TEMPORAL_CONFIG_FILE
exec "$real" --env-file "$presets" "$@"
