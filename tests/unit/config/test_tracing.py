"""The settings of traces."""

import pytest

from gladly_segment.core.errors import SettingsError
from tests.unit.config.conftest import Load, organization

SECRET = "Bearer canary-3d1f"


def test_by_default_nothing_is_traced(load: Load) -> None:
    assert load(organization()).tracing.endpoint is None


def test_a_collector_is_set_with_its_headers_and_a_share(load: Load) -> None:
    table = (
        f'[tracing]\nendpoint = "http://collector:4318"\nsample = 0.25\nheaders = {{ Authorization = "{SECRET}" }}\n'
    )

    tracing = load(table + organization()).tracing

    assert (tracing.endpoint, tracing.sample) == ("http://collector:4318", 0.25)
    assert tracing.headers["Authorization"].get_secret_value() == SECRET
    assert SECRET not in repr(tracing)


def test_headers_can_come_from_the_environment(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLADLY_SEGMENT_TRACING__HEADERS", f'{{"Authorization": "{SECRET}"}}')

    assert load(organization()).tracing.headers["Authorization"].get_secret_value() == SECRET


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("sample = 1.5", "tracing.sample is 1.5, which cannot be"),
        ('endpoint = "collector:4318"', "no http(s) url"),
        (f'headers = {{ "no header" = "{SECRET}" }}', "one of them is no http header"),
        (f'headers = {{ Authorization = "{SECRET}\\nX: y" }}', "one of them is no http header"),
        ("headers = 3", "tracing.headers"),
        ("colector = true", "tracing.colector is unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_no_secret_is_quoted(load: Load, line: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(f"[tracing]\n{line}\n{organization()}")

    assert sentence in error.value.message
    assert SECRET not in f"{error.value.message}{error.value.hint}"
