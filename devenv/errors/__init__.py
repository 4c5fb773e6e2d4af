"""Every failure devenv expects, with the code, exit status and way out that its user gets.

These modules import nothing else of devenv: errors are its bottom.

    DevenvError                     1   failed
    ├── InvalidInputError           3
    │   ├── SettingsInvalidError        settings-invalid
    │   ├── DataVersionError            data-version
    │   ├── SeedsInvalidError           seeds-invalid
    │   ├── DynamicConfigInvalidError   dynamic-config-invalid
    │   ├── ConfigRefusedError          config-refused
    │   ├── OverlayInvalidError         overlay-invalid
    │   └── NameInvalidError            name-invalid
    ├── PrerequisiteError           4
    │   ├── DockerUnreachableError      docker-unreachable
    │   ├── DockerForbiddenError        docker-forbidden
    │   ├── DockerSlowError             docker-slow
    │   ├── DockerTooOldError           docker-too-old
    │   ├── ComposeMissingError         compose-missing
    │   ├── ComposeTooOldError          compose-too-old
    │   ├── RemoteEngineError           remote-engine
    │   ├── ImageUnavailableError       image-unavailable
    │   ├── WrongPlatformError          wrong-platform
    │   ├── EngineAwayError             engine-away
    │   ├── UnknownEngineError          unknown-engine
    │   ├── DataDamagedError            data-damaged
    │   └── TemporalBinaryError         temporal-binary
    ├── PortTakenError              5   port-taken
    ├── NotReadyError               6   not-ready
    ├── ConfigUnconfirmedError      6   config-unconfirmed
    ├── ServiceCrashedError         7   service-crashed
    ├── PasswordLostError           4   password-lost
    ├── PasswordRefusedError        7   password-refused
    ├── ConfirmationNeededError     9   confirmation-needed
    ├── TrustNeededError            9   trust-needed
    ├── NotRunningError             1   not-running
    ├── UnknownServiceError         1   unknown-service
    ├── UnknownNamespaceError       1   unknown-namespace
    ├── NamespaceExistsError        1   namespace-exists
    ├── NamespaceInUseError         1   namespace-in-use
    ├── FileExistsAlreadyError      1   file-exists
    ├── StackBusyError              1   stack-busy
    ├── StackNameTakenError         1   stack-name-taken
    ├── ComposeProjectTakenError    1   compose-project-taken
    ├── StackElsewhereError         1   stack-elsewhere
    ├── ServiceNotAppliedError      1   service-not-applied
    ├── CommandFailedError          1   command-failed
    ├── OutputUnwritableError       1   output-unwritable
    ├── ServerRejectedError         1   server-rejected
    ├── ServerUnreachableError      1   server-unreachable
    ├── PermissionDeniedError       1   permission-denied
    └── ApplyIncompleteError        1   apply-incomplete
"""

from devenv.errors.base import CommandFailedError, DevenvError, ExitCode, OutputUnwritableError
from devenv.errors.invalid_input import (
    ConfigRefusedError,
    DataVersionError,
    DynamicConfigInvalidError,
    InvalidInputError,
    NameInvalidError,
    OverlayInvalidError,
    SeedsInvalidError,
    SettingsInvalidError,
)
from devenv.errors.prerequisites import (
    ComposeMissingError,
    ComposeTooOldError,
    DataDamagedError,
    DockerForbiddenError,
    DockerSlowError,
    DockerTooOldError,
    DockerUnreachableError,
    EngineAwayError,
    ImageUnavailableError,
    PrerequisiteError,
    RemoteEngineError,
    TemporalBinaryError,
    UnknownEngineError,
    WrongPlatformError,
)
from devenv.errors.servers import (
    ApplyIncompleteError,
    ConfigUnconfirmedError,
    NamespaceExistsError,
    NamespaceInUseError,
    PermissionDeniedError,
    ServerRejectedError,
    ServerUnreachableError,
    UnknownNamespaceError,
)
from devenv.errors.stacks import (
    ComposeProjectTakenError,
    ConfirmationNeededError,
    FileExistsAlreadyError,
    NotReadyError,
    NotRunningError,
    PasswordLostError,
    PasswordRefusedError,
    PortTakenError,
    ServiceCrashedError,
    ServiceNotAppliedError,
    StackBusyError,
    StackElsewhereError,
    StackNameTakenError,
    TrustNeededError,
    UnknownServiceError,
)

__all__ = [
    "ApplyIncompleteError",
    "CommandFailedError",
    "ComposeMissingError",
    "ComposeProjectTakenError",
    "ComposeTooOldError",
    "ConfigRefusedError",
    "ConfigUnconfirmedError",
    "ConfirmationNeededError",
    "DataDamagedError",
    "DataVersionError",
    "DevenvError",
    "DockerForbiddenError",
    "DockerSlowError",
    "DockerTooOldError",
    "DockerUnreachableError",
    "DynamicConfigInvalidError",
    "EngineAwayError",
    "ExitCode",
    "FileExistsAlreadyError",
    "ImageUnavailableError",
    "InvalidInputError",
    "NameInvalidError",
    "NamespaceExistsError",
    "NamespaceInUseError",
    "NotReadyError",
    "NotRunningError",
    "OutputUnwritableError",
    "OverlayInvalidError",
    "PasswordLostError",
    "PasswordRefusedError",
    "PermissionDeniedError",
    "PortTakenError",
    "PrerequisiteError",
    "RemoteEngineError",
    "SeedsInvalidError",
    "ServerRejectedError",
    "ServerUnreachableError",
    "ServiceCrashedError",
    "ServiceNotAppliedError",
    "SettingsInvalidError",
    "StackBusyError",
    "StackElsewhereError",
    "StackNameTakenError",
    "TemporalBinaryError",
    "TrustNeededError",
    "UnknownEngineError",
    "UnknownNamespaceError",
    "UnknownServiceError",
    "WrongPlatformError",
]
