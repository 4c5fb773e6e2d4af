"""Benchmarks: devenv side by side with what people would use instead, in one run, on the same images."""
