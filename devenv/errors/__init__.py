"""Every failure devenv expects, with the code, exit status and way out that its user gets.

These modules import nothing else of devenv: errors are its bottom. A class here is all that a new failure
needs; docs/reference/errors.md is generated from them.
"""

# Each of these modules holds errors and nothing else, so nobody has to keep a list of them.
from devenv.errors.backups import *  # noqa: F403
from devenv.errors.base import *  # noqa: F403
from devenv.errors.command_line import *  # noqa: F403
from devenv.errors.invalid_input import *  # noqa: F403
from devenv.errors.ports import *  # noqa: F403
from devenv.errors.prerequisites import *  # noqa: F403
from devenv.errors.servers import *  # noqa: F403
from devenv.errors.snapshots import *  # noqa: F403
from devenv.errors.stacks import *  # noqa: F403
