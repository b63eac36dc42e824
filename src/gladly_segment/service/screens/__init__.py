"""What each screen of the Debugger is given: its port on the running service. One module for each screen."""
