"""The Debugger: every event, and why; the pages that stand behind the admin's door. One folder for each screen."""
