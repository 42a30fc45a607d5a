"""The command line: `borelli run`, `demo`, `evaluate`, `benchmark`, `doctor`."""

from borelli.cli.main import main as main
