#!/usr/bin/env bash
# Runs a node once and leaves an archive of the classes it loaded: record-classes.sh ARCHIVE
#
# A later JVM maps the archive instead of parsing the jars again (class data sharing, JEP 350). It does so only
# with the same class path, so this is a node without the agent, as the stack has it.
set -euo pipefail
archive=$1

export DISABLE_JAVA_AGENT=true
export OPENSEARCH_JAVA_OPTS="-Xms256m -Xmx256m -XX:-UseG1GC -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
  -XX:-AlwaysPreTouch -XX:ArchiveClassesAtExit=$archive"
./opensearch-docker-entrypoint.sh opensearch -Ediscovery.type=single-node -Enetwork.host=127.0.0.1 >/tmp/node.log 2>&1 &
node=$!

ask() {
  curl --silent --fail --show-error --output /dev/null --header 'Content-Type: application/json' "$@"
}

url=http://127.0.0.1:9200
for _ in {1..600}; do
  ask "$url/_cluster/health?wait_for_status=yellow&timeout=1s" 2>/dev/null && break
  kill -0 "$node" || { cat /tmp/node.log >&2; exit 1; }
  sleep 0.1
done
# What a visibility store does first: an index, a document, a query, a deletion.
ask --request PUT "$url/first" --data '{"mappings": {"properties": {"name": {"type": "keyword"}, "at": {"type": "date_nanos"}}}}'
ask --request PUT "$url/first/_doc/1?refresh=true" --data '{"name": "one", "at": "2020-01-01T00:00:00Z"}'
ask "$url/first/_search" --data '{"query": {"bool": {"filter": {"term": {"name": "one"}}}}, "sort": ["at"]}'
ask --request DELETE "$url/first/_doc/1"

kill -TERM "$node"
wait "$node" || [ $? -eq 143 ] || { tail -n 5 /tmp/node.log >&2; exit 1; }
test -s "$archive"
rm -rf data/* logs/* /tmp/node.log config/opensearch.keystore
