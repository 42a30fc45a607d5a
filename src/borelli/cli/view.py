"""`borelli view`: results in the browser, several side by side, reloaded when they change."""

import webbrowser

from rich.console import Console

from borelli.cli.commands import View
from borelli.errors import BorelliError
from borelli.report.view_server import HOST, make_server

MOST = 4
"""Pages side by side: a browser draws few 3D views at once."""
LARGEST_PORT = 65535


def view(command: View) -> int:
    """Serve until interrupted. Raises BorelliError for paths without results or a port that is taken."""
    if not command.runs:
        raise BorelliError("give the results of `borelli run`, one or more folders")
    if len(command.runs) > MOST:
        raise BorelliError(f"{len(command.runs)} runs do not fit side by side; give at most {MOST}")
    if not 0 <= command.port <= LARGEST_PORT:
        raise BorelliError(f"--port {command.port} is not between 0 and {LARGEST_PORT}")
    server = make_server(command.runs, command.port)
    address = f"http://{HOST}:{server.server_address[1]}/"
    Console().print(f"{address}  (Ctrl-C ends)", highlight=False, soft_wrap=True)
    if not command.no_browser:
        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    return 0
