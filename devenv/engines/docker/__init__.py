"""The Docker engine: connecting to it, its images and builds."""
