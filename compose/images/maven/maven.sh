#!/bin/sh
# Runs Maven with the build's cache, trusting what the secret `ca` says if there is one.
set -eu

# Maven ends before the optimizing compiler would have paid.
MAVEN_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

# Java reads trust from a key store of its own; this one lives as long as the call.
if [ -s /run/secrets/ca ]; then
  store=$(mktemp)
  trap 'rm -f "$store"' EXIT
  openssl pkcs12 -export -nokeys -jdktrust anyExtendedKeyUsage -in /run/secrets/ca -out "$store" -passout pass:temporary
  MAVEN_OPTS="$MAVEN_OPTS -Djavax.net.ssl.trustStore=$store -Djavax.net.ssl.trustStorePassword=temporary"
fi
export MAVEN_OPTS

# --update-snapshots: without it Maven remembers for a day that a version was not there.
mvn --batch-mode --no-transfer-progress --update-snapshots \
  -Dmaven.repo.local=/var/cache/temporal-devenv/maven "$@"
