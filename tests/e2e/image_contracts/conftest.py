"""What the stack relies on in its images, checked on whichever family is local."""

from e2e.image_contracts_fixtures import containers, image_family, lasting_containers, versions

# Imported so that pytest finds them here.
__all__ = ["containers", "image_family", "lasting_containers", "versions"]
