"""Fakes of the machine that stacks run on: its ports, and what the doctor asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from devenv.errors import DevenvError
    from devenv.project.services import Ports


@dataclass
class FakePorts:
    """A `PortBook`: `held` are the ports that somebody holds, and who; some by containers of other stacks."""

    held: dict[int, str] = field(default_factory=dict)
    held_by_stacks: set[int] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)

    def is_held_by_stack(self, port: int) -> bool:
        return port in self.held_by_stacks

    def is_free(self, port: int) -> bool:
        return port not in self.held

    def has_address(self, address: str) -> bool:
        return address.startswith("127.") or address in {"0.0.0.0", *self.addresses}  # noqa: S104 - the word

    def holder(self, port: int) -> str:
        return self.held.get(port, "the container shop-temporal-1")

    def next_free(self, start: Ports, taken: Collection[int]) -> Ports:
        for step in range(100):
            ports = start.moved(step)
            if not any(port in self.held or port in taken for port in ports.values()):
                return ports
        raise AssertionError("no free ports")

    def hold(self, ports: Iterable[int], holder: str, *, is_stack: bool = False) -> None:
        """Have `holder` listen on `ports`; with `is_stack` it is a container of devenv."""
        held = dict.fromkeys(ports, holder)
        self.held.update(held)
        self.held_by_stacks.update(held if is_stack else ())


@dataclass
class FakeServerValidator:
    """A `ServerValidator` that prints `output`, or nothing bad; `asked` is what it was given."""

    output: str | None = None
    asked: list[tuple[str, list[bytes]]] = field(default_factory=list)

    def validate(self, image: str, files: Sequence[bytes]) -> str:
        self.asked.append((image, list(files)))
        return "".join(f"{number}\n" for number in range(len(files))) if self.output is None else self.output


@dataclass
class FakeMachine:
    """A `Machine` that has everything, but for what `missing` raises by the name of a question."""

    missing: dict[str, DevenvError] = field(default_factory=dict)
    memory: int = 8 * 1024**3
    holders: dict[int, str] = field(default_factory=dict)
    presets: tuple[str, str] | None = None

    def docker_version(self) -> str:
        return self._answer("docker_version", "28.0.1")

    def compose_version(self) -> str:
        return self._answer("compose_version", "2.33.0")

    def images(self) -> str:
        return self._answer("images", "official images are local")

    def temporal_cli(self) -> str:
        return self._answer("temporal_cli", "1.9.1")

    def temporal_presets(self) -> tuple[str, str] | None:
        return self.presets

    def docker_memory(self) -> int:
        return self.memory

    def port_holder(self, port: int) -> str | None:
        return self.holders.get(port)

    def _answer(self, question: str, answer: str) -> str:
        if question in self.missing:
            raise self.missing[question]
        return answer
