"""The add-on `object-store`: `up` proves that it takes an object, and returns it."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from devenv.project.access import Access

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from devenv.addons import AddonContext

# As in its Compose file.
PORT, SECRET = "s3", "S3_SECRET_KEY"
ACCESS_KEY, REGION = "devenv", "us-east-1"
PROOF = "/devenv-proof/last-up"
EXPIRES_S = 300
ALGORITHM = "AWS4-HMAC-SHA256"


def check(context: AddonContext) -> None:
    """Do nothing: it has no settings."""


def access(context: AddonContext) -> Access:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: clients get in as ever."""
    return Access()


def prepare(context: AddonContext, namespaces: Sequence[str]) -> Mapping[str, bytes]:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: it needs no files."""
    return {}


def after_ready(context: AddonContext) -> Sequence[str]:
    """Return what is missing until an object that was put can be read."""
    text = datetime.now(UTC).isoformat()
    host, keys = context.ports.address(PORT), context.secrets
    if not context.put(PORT, signed("PUT", PROOF, host, keys), text):
        return ["the object store takes no object yet"]
    if context.text(PORT, signed("GET", PROOF, host, keys)) != text:
        return ["the object store does not return the object that was put into it"]
    return []


def alerts(context: AddonContext) -> Sequence[str]:  # noqa: ARG001  as `AddonModule` says
    """Return nothing: that it does not answer, its row says."""
    return []


def before_down(context: AddonContext) -> None:
    """Do nothing: its data is in a volume."""


def signed(method: str, path: str, host: str, secrets: Mapping[str, str]) -> str:
    """Return `path` with the query that has the S3 at `host` serve it: AWS Signature Version 4, presigned.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
    """
    now = datetime.now(UTC)
    scope = f"{now:%Y%m%d}/{REGION}/s3/aws4_request"
    query = urlencode(
        {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{ACCESS_KEY}/{scope}",
            "X-Amz-Date": f"{now:%Y%m%dT%H%M%SZ}",
            "X-Amz-Expires": EXPIRES_S,
            "X-Amz-SignedHeaders": "host",
        },
        quote_via=quote,
        safe="",
    )
    request = f"{method}\n{path}\n{query}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secrets.get(SECRET, '')}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    to_sign = f"{ALGORITHM}\n{now:%Y%m%dT%H%M%SZ}\n{scope}\n{digest}"
    return f"{path}?{query}&X-Amz-Signature={hmac.digest(key, to_sign.encode(), 'sha256').hex()}"
