#!/bin/sh
# Lays out an OpenSearch home from Maven artifacts: assemble.sh VERSION HOME
set -eu
version=$1 home=$2
cd "$(dirname "$0")"

maven() {
  sh ./maven.sh "-Dopensearch.version=$version" "$@"
}

# module NAME CLASS: describes the jars in modules/NAME as a module of the server.
module() {
  cat >"$home/modules/$1/plugin-descriptor.properties" <<DESCRIPTOR
description=$1
version=$version
name=$1
classname=$2
java.version=21
opensearch.version=$version
has.native.controller=false
DESCRIPTOR
}

mkdir -p "$home/lib" "$home/agent" "$home/bin" "$home/plugins" "$home/data" "$home/logs" \
  "$home/modules/transport-netty4" "$home/modules/mapper-extras"

echo "downloading OpenSearch $version"
maven dependency:copy-dependencies -DincludeScope=runtime "-DoutputDirectory=$home/lib"

# An optional dependency of the server, so Maven leaves it out; it has to match log4j-api.
log4j=$(ls "$home"/lib/log4j-api-*.jar | sed 's/.*log4j-api-\(.*\)\.jar/\1/')
maven dependency:copy "-Dartifact=org.apache.logging.log4j:log4j-core:$log4j" "-DoutputDirectory=$home/lib"

cd "$home/lib"
mv netty-*.jar transport-netty4-client-*.jar ../modules/transport-netty4/
for jar in opensearch-netty4-*.jar; do [ ! -e "$jar" ] || mv "$jar" ../modules/transport-netty4/; done
mv mapper-extras-client-*.jar ../modules/mapper-extras/
# Without the version the pattern would take opensearch-agent-policy along, which the server itself loads.
mv "opensearch-agent-$version.jar" "opensearch-agent-bootstrap-$version.jar" byte-buddy-*.jar ../agent/
module transport-netty4 org.opensearch.transport.Netty4ModulePlugin
module mapper-extras org.opensearch.index.mapper.MapperExtrasModulePlugin
ln -s "$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")" "$home/jdk"
