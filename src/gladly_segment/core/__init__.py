"""Pure core: records, identity, lifecycle, retry, batching, quota, redaction and errors. No I/O, no clock."""
