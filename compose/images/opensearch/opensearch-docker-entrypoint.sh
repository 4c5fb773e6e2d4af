#!/usr/bin/env bash
# Starts OpenSearch with every environment variable that is named like a setting (a.b) as that setting.
#
# DISABLE_SECURITY_PLUGIN, DISABLE_INSTALL_DEMO_CONFIG and DISABLE_PERFORMANCE_ANALYZER_AGENT_CLI are accepted:
# there are no plugins in this image to switch off. Settings of the security plugin are passed over for the same
# reason: without the plugin OpenSearch does not know them and would not start. DISABLE_JAVA_AGENT is read by
# `opensearch` itself.
set -euo pipefail

if [[ $(id -u) == 0 ]]; then
  echo "OpenSearch cannot run as root: start the container as another user" >&2
  exit 1
fi

settings=()
while IFS='=' read -r -d '' name value; do
  if [[ $name =~ ^[a-z0-9_]+\.[a-z0-9_.]+$ && $name != plugins.security.* && -n $value ]]; then
    settings+=("-E$name=$value")
  fi
done </proc/self/environ

[[ ${1-} != -* ]] || set -- opensearch "$@"
if [[ ${1-} == opensearch ]]; then
  exec opensearch "${settings[@]}" "${@:2}"
fi
exec "$@"
