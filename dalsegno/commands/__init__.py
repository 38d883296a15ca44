"""The command line: one file a group of commands, a thin skin over `dalsegno.client` and the pure packages.

Nothing but typer is imported before a command runs, so that `--help` and mistakes are answered at once.
"""
