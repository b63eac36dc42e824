"""Small Protocols between the stages and the world; each docstring is the contract that drivers are tested for."""
