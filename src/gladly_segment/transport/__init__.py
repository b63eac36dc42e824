"""HTTP as both sides need it: listeners that may face strangers, the clients' sessions, foreign errors as failures."""
