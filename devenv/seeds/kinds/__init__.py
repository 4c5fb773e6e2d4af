"""The kinds of objects that a project can declare, one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from devenv.seeds.kinds.namespace import NAMESPACES
from devenv.seeds.kinds.nexus_endpoint import NEXUS_ENDPOINTS
from devenv.seeds.kinds.schedule import SCHEDULES
from devenv.seeds.kinds.search_attribute import SEARCH_ATTRIBUTES
from devenv.seeds.kinds.task_queue import TASK_QUEUES
from devenv.seeds.kinds.user import USERS

if TYPE_CHECKING:
    from devenv.seeds.kinds.kind import Kind

# In the order of creation: a kind needs only those before it. Removal goes the other way.
KINDS: tuple[Kind[Any], ...] = (
    NAMESPACES,
    SEARCH_ATTRIBUTES,
    NEXUS_ENDPOINTS,
    SCHEDULES,
    TASK_QUEUES,
    USERS,
)
