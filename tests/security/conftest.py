from collections.abc import Iterator

import pytest

from tests.security.place import Place, serving


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The service under attack; what one attack breaks, the next ones are to find broken."""
    with serving(tmp_path_factory.mktemp("attacked")) as running:
        yield running
