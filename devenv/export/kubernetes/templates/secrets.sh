#!/bin/sh
# Ends with a message if a Secret of the installation is missing: secrets.sh SECRET/KEY...; the value of the first
# is in the variable SECRET_1, that of the second in SECRET_2, and so on.
set -eu

number=0
missing=
for secret; do
  number=$((number + 1))
  value=
  eval "value=\${SECRET_$number-}"
  case $value in
    '') missing="$missing $secret" ;;
    *REPLACE-ME*) missing="$missing $secret (a placeholder)" ;;
  esac
done

if [ -n "$missing" ]; then
  printf '%s\n' "These Secrets (name/key) are missing:$missing. README.md beside values.yaml has the commands." >&2
  exit 1
fi
