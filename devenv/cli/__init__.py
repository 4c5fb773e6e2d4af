"""The command line: the only place that prints, asks and exits, and the only home of typer and rich."""
