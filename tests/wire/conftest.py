"""The models, read once a test process."""

from pathlib import Path

import pytest

from orrery.wire.catalog import Models


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Every service's model, compiled models kept for this session only."""
    folder: Path = tmp_path_factory.mktemp("models")
    return Models(folder)
