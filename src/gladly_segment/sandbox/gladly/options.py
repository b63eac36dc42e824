"""How a Gladly sandbox is set up."""

from typing import Literal

import msgspec


class GladlyOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of one sandbox; one sandbox is one organization."""

    host: str = "127.0.0.1"
    port: int = 0
    """0: any free port."""
    user: str = "api@shop.example"
    """E-mail of the agent who owns the API token."""
    token: str = "sandbox-token"  # noqa: S105 - the public token of a simulator
    rate_limit_per_s: int = 10
    """Requests per second and HTTP method, shared by all clients."""
    time_factor: float = 1.0
    """How many times faster than at the vendor the waits pass: retries, answer limit, Events API lag."""
    retry_after_s: tuple[float, ...] = (30.0, 300.0, 1_800.0, 3_600.0)
    """From the end of a failed webhook delivery to the next one; after the last the webhook is disabled."""
    events_lag_s: float = 15.0
    """How far the Events API is behind, before `time_factor`."""
    events_window_s: float = 86_400.0
    """How far back the Events API reaches; not scaled."""
    report_lag_s: float = 3_600.0
    """How far the Reports API is behind, before `time_factor`."""
    report_digits: Literal[0, 3] = 3
    """Digits of the second in a report; with 0 it is coarser than the fact sheet has it."""
    reports_per_min: int = 10
    """Requests to the Reports API within a minute, which passes by `time_factor`."""
    reports_at_once: int = 2
    seed: int = 0
    """Of all ids, faults and misbehaviour."""
