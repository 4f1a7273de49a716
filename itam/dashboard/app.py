"""What Streamlit runs, again for every look at a page."""

from itam.dashboard import shell

shell.main()
