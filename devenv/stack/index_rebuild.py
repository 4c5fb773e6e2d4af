"""Makes the index of OpenSearch anew of what the database has, by the server's own tasks.

The server writes the record of a workflow when its tasks are refreshed, whatever the index had: `tdbg` asks
it to do so for every execution that Postgres knows, running or closed.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from devenv.engines.protocol import Engine, StackIdentity

T = TypeVar("T")

# Where `tdbg` is, on a stack with the add-on `backups`.
TOOLS = "backup-tools"
INDEX = "http://127.0.0.1:9200/temporal_visibility_v1_dev"
# As the server makes a field of each type of search attribute.
FIELDS: Mapping[str, Mapping[str, object]] = {
    "Text": {"type": "text"},
    "Keyword": {"type": "keyword"},
    "KeywordList": {"type": "keyword"},
    "Int": {"type": "long"},
    "Double": {"type": "scaled_float", "scaling_factor": 10000},
    "Bool": {"type": "boolean"},
    "Datetime": {"type": "date_nanos"},
}
# An archetype other than 0 is not a workflow; the server may or may not list it.
EXECUTIONS = """
    SELECT n.name, encode(convert_to(e.workflow_id, 'UTF8'), 'hex'), encode(e.run_id, 'hex'),
      coalesce(c.archetype_id, 0)
    FROM executions e JOIN namespaces n ON n.id = e.namespace_id
      LEFT JOIN current_chasm_executions c ON c.shard_id = e.shard_id
        AND c.namespace_id = e.namespace_id AND c.run_id = e.run_id
"""
PSQL = ("psql", "-h", "127.0.0.1", "-U", "temporal", "-d", "temporal", "-AtF", ",", "-c")
# Of an execution that has gone meanwhile nothing is to be listed.
# With the add-on `tls` the internal frontend, at its own port, has the certificate of the members.
REFRESH = r"""
case ${TEMPORAL_CLI_TLS_CA:-}$TEMPORAL_CLI_ADDRESS in
  /*:7236) export TEMPORAL_CLI_TLS_SERVER_NAME=internode ;;
esac
while [ $# -gt 0 ]; do
  said=$(tdbg --namespace "$1" execution refresh-tasks \
    --workflow-id "$2" --run-id "$3" --archetype-id "$4" 2>&1) ||
    case $said in *NotFound*) ;; *) echo "$said" >&2; exit 1 ;; esac
  shift 4
done
"""
AT_ONCE, SIDE_BY_SIDE = 20, 4
ASKED_AT_ONCE = 500


@dataclass(frozen=True)
class Execution:
    """One execution that the database has; one with an `archetype` is not a workflow."""

    namespace: str
    identifier: str
    run: str
    archetype: int

    @property
    def arguments(self) -> tuple[str, ...]:
        """What `REFRESH` takes of it."""
        return self.namespace, self.identifier, self.run, str(self.archetype)


@dataclass(frozen=True)
class IndexRebuild:
    """The rebuild of the index of one stack, whose server runs and whose index is new."""

    engine: Engine
    stack: StackIdentity

    def add_fields(self, attributes: Mapping[str, str]) -> None:
        """Have the index take search attributes, which the database remembers it to have.

        Raises:
            CommandFailedError: It does not.
        """
        fields = {name: FIELDS[kind] for name, kind in attributes.items()}
        if fields:
            self._curl("_mapping", {"properties": fields}, "-X", "PUT")

    def executions(self) -> list[Execution]:
        """Return every execution that the database has."""
        rows = self.engine.output(self.stack, "postgres", (*PSQL, EXECUTIONS)).splitlines()
        return [_to_execution(row) for row in rows]

    def refresh(self, executions: Sequence[Execution]) -> Iterator[int]:
        """Have the server write the record of each, and yield how many are done.

        Raises:
            CommandFailedError: It refuses one.
        """
        done = 0
        with ThreadPoolExecutor(max_workers=SIDE_BY_SIDE) as pool:
            for count in pool.map(self._refresh, _parts(executions, AT_ONCE)):
                done += count
                yield done

    def missing(self) -> list[str]:
        """Return a sentence while workflows of the database are not in the index."""
        runs = {each.run for each in self.executions() if each.archetype == 0}
        listed = {run for part in _parts(sorted(runs), ASKED_AT_ONCE) for run in self._listed(part)}
        count = len(runs - listed)
        return [f"{count} workflows of the database are not listed yet"] if count else []

    def _refresh(self, executions: Sequence[Execution]) -> int:
        arguments = [argument for each in executions for argument in each.arguments]
        self.engine.output(self.stack, TOOLS, ("sh", "-c", REFRESH, "refresh", *arguments))
        return len(executions)

    def _listed(self, runs: Sequence[str]) -> list[str]:
        query = {"size": len(runs), "_source": ["RunId"], "query": {"terms": {"RunId": runs}}}
        found = json.loads(self._curl("_search", query))
        return [hit["_source"]["RunId"] for hit in found["hits"]["hits"]]

    def _curl(self, path: str, body: Mapping[str, object], *options: str) -> str:
        command = ("curl", "-sf", *options, "-H", "Content-Type: application/json", "-d", json.dumps(body))
        return self.engine.output(self.stack, "opensearch", (*command, f"{INDEX}/{path}"))


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _to_execution(row: str) -> Execution:
    # A namespace has no comma in its name, and the rest is in digits.
    namespace, identifier, run, archetype = row.rsplit(",", 3)
    return Execution(namespace, bytes.fromhex(identifier).decode(), str(UUID(run)), int(archetype))
