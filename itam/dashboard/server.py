"""Streamlit's command with the pages loaded already, so that the first reader does not wait for the libraries."""

from __future__ import annotations

from importlib import import_module


def main() -> None:
    """Load what every page needs, then run Streamlit with the arguments that were given."""
    import_module("itam.dashboard.shell")
    from streamlit.web.cli import main as run

    run(prog_name="streamlit")


if __name__ == "__main__":
    main()
