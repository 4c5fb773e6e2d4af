"""The suite of declared state, and of what people do by hand beside it, on both engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from e2e.polling import eventually
from suites.declared_state import DeclaredStateSuite, eventually_temporal, planned, temporal, write_seeds

if TYPE_CHECKING:
    from pathlib import Path

    from e2e.command_line import Cli

SCHEDULE = "schedule create -n legacy --type W -t q -s"
ENDPOINT = "operator nexus endpoint create --target-namespace legacy --target-task-queue q --name"
MANY_TIMES = (
    "--cron '0 2 * * MON' --cron '@every 5m' --interval 6h/10m --time-zone Europe/Paris "
    """--calendar '{"dayOfWeek":"Fri","hour":"3","minute":"11"}'"""
)
EVERYTHING_ELSE = (
    """-w id --input '{"a":[1,2.5,null,1e22]}' --input '"x"' --paused --notes hi """
    "--overlap-policy BufferAll --catchup-window 30m"
)
MORE = (
    "--jitter 5s --start-time 2027-01-01T00:00:00Z --end-time 2037-01-01T00:00:00.25Z --pause-on-failure "
    "--remaining-actions 3 --schedule-memo 'owner=\"x\"' --memo 'why={\"a\":[1,2.5]}' --run-timeout 5m "
    "--execution-timeout 10m --task-timeout 30s --static-summary 'a summary' --static-details details "
    '--search-attribute \'LegacyTags=["a","b"]\' --schedule-search-attribute \'LegacyTags=["c"]\''
)
# What somebody made by hand; devenv can declare all but the last two.
BY_HAND = (
    "operator namespace create -n legacy --retention 100h --description 'a: \"b\"' --data n=yes",
    "operator search-attribute create -n legacy --name LegacyTags --type KeywordList",
    f"{ENDPOINT} legacy --description x",
    f"{SCHEDULE} plain --interval 1h",
    f"{SCHEDULE} full {MANY_TIMES} {EVERYTHING_ELSE}",
    f"""{SCHEDULE} years --calendar '{{"hour":"9-17","year":"2030-2040/2"}}'""",
    f"{SCHEDULE} more --interval 1h {MORE}",
    f"{SCHEDULE} bytes --interval 1h --input x --input-meta encoding=binary/plain",
    "operator nexus endpoint create --name to-url --target-url http://127.0.0.1:9/x",
)
LEFT_OUT = ["- schedule legacy.bytes", "- Nexus endpoint to-url"]


def _imported(project: Cli, *, schedules: int) -> Any:
    """Import as soon as visibility knows of everything."""
    seen = project.answer("import", "--dry-run")
    if len(seen["imported"]["schedules"]) < schedules or len(seen["left_out"]) < len(LEFT_OUT):
        return None
    return project.answer("import")


class ByHandSuite(DeclaredStateSuite):
    """As its parent, with namespaces made by hand, and what was made by hand imported."""

    def test_what_was_imported_needs_no_change(self, clean: Cli, tmp_path: Path) -> None:
        """All kinds, made by devenv and by Temporal's own CLI; and read again it is as it was."""
        for command in BY_HAND:
            eventually_temporal(clean, command)
        (clean.project / "seeds" / "all.yaml").rename(tmp_path / "all.yaml")
        try:
            answer = eventually(lambda: _imported(clean, schedules=8))
            assert planned(clean) == []
            assert planned(clean, "--prune") == LEFT_OUT
            assert {each["name"] for each in answer["left_out"]} == {"bytes", "to-url"}
            assert clean.run("plan", "--address", clean.grpc).out == "No changes.\n"
            assert clean.answer("import")["written"] is None
        finally:
            (clean.project / "seeds" / "imported.yaml").unlink(missing_ok=True)
            (tmp_path / "all.yaml").rename(clean.project / "seeds" / "all.yaml")
            assert clean.run("apply", "--prune", "--yes").exit == 0

    def test_a_namespace_by_hand(self, clean: Cli) -> None:
        """Usable when it is created, gone when it is deleted, and its name is free at once."""
        for retention, seconds in (("7d", 604_800), ("2w", 1_209_600)):
            made = clean.answer("namespace", "create", "by-hand", retention)["namespace"]
            assert (made["retention_seconds"], made["declared_at"]) == (seconds, None)
            temporal(clean, "workflow start -n by-hand --type W -t q -w one")
            names = [each["name"] for each in clean.answer("namespace", "list")["namespaces"]]
            assert "by-hand" in names
            eventually_temporal(
                clean,
                "operator nexus endpoint create --name lead --target-namespace by-hand --target-task-queue q",
            )
            described = clean.answer("namespace", "describe", "by-hand")["namespace"]
            assert (described["id"], described["nexus_endpoints"]) == (made["id"], ["lead"])
            refused = clean.run("namespace", "delete", "by-hand", "--yes", "-o", "json").error
            assert (refused["code"], "endpoint lead" in refused["message"]) == ("namespace-in-use", True)
            temporal(clean, "operator nexus endpoint delete --name lead")
            assert clean.answer("namespace", "delete", "by-hand", "--yes")["deleted"] == "by-hand"
            assert clean.run("temporal", "workflow", "list", "-n", "by-hand").exit != 0

    def test_a_declared_namespace_that_is_deleted_comes_back(self, clean: Cli) -> None:
        """The deletion says so; creating it by hand makes it as declared."""
        result = clean.run("namespace", "delete", "pnats-staging", "--yes")
        assert "all.yaml:9:5 declares it" in result.out, result
        assert clean.run("namespace", "create", "pnats-staging").exit == 0


class ColumnsSuite(ByHandSuite):
    """As its parent, where search attributes have columns in each namespace.

    `way_out` is in the hint of an error about too many.
    """

    way_out: ClassVar[str]

    def test_more_attributes_than_columns_are_refused_with_their_place(self, clean: Cli) -> None:
        """Before the server is asked; the way out is another store."""
        text = "namespaces:\n  - {name: many, search_attributes: {A: Int, B: Int, C: Int, D: Int}}\n"
        write_seeds(clean, "many.yaml", text)
        try:
            error = clean.run("apply", "-o", "json").error
            assert (error["code"], error["exit_code"]) == ("seeds-invalid", 3)
            assert "many.yaml:2:6" in error["message"]
            assert self.way_out in error["hint"]
        finally:
            write_seeds(clean, "many.yaml", None)
