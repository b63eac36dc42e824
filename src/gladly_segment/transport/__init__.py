"""HTTP as both vendors' clients need it: sessions, and foreign errors turned into failures in one place."""
