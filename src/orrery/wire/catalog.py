"""Every AWS service by what a request shows of it before any model is loaded, and the loader of models.

The data is `catalog.json`, written by `tools/catalog.py` from botocore's service descriptions.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from orrery.wire.model import Model, load_model


class Entry(msgspec.Struct, frozen=True):
    """One service: API version, endpoint prefix, signing name, protocols (preferred first), id, target prefix."""

    version: str
    prefix: str
    signing: str
    protocols: tuple[str, ...]
    id: str = ""
    target: str | None = None


class Catalog:
    """The services by name, with indexes by signing name, endpoint prefix, target prefix and API version."""

    def __init__(self, services: Mapping[str, Entry]) -> None:
        self.services = services
        self.by_signing = _index((entry.signing, name) for name, entry in services.items())
        self.by_prefix = _index((entry.prefix, name) for name, entry in services.items())
        self.by_target = _index((entry.target, name) for name, entry in services.items() if entry.target)
        self.by_version = _index((entry.version, name) for name, entry in services.items())

    @classmethod
    def load(cls) -> "Catalog":
        """The catalog that comes with the package."""
        content = Path(__file__).with_name("catalog.json").read_bytes()
        return cls(msgspec.json.decode(content, type=dict[str, Entry]))


class Models:
    """The models of all services, each loaded on first use and kept; the catalog as well.

    `cache_dir` is where compiled models are kept between processes (None: nowhere). `kept` is for whoever compiles
    something out of the models, such as routes.
    """

    def __init__(self, cache_dir: Path | None = None) -> None:
        self._cache_dir = cache_dir
        self._models: dict[str, Model] = {}
        self._catalog: Catalog | None = None
        self.kept: dict[str, object] = {}

    @property
    def catalog(self) -> Catalog:
        """The catalog of services."""
        if self._catalog is None:
            self._catalog = Catalog.load()
        return self._catalog

    def __call__(self, name: str) -> Model:
        """The model of a service; LookupError when botocore describes none of that name."""
        model = self._models.get(name)
        if model is None:
            model = self._models[name] = load_model(name, self._cache_dir)
        return model


def _index(pairs: Iterable[tuple[str, str]]) -> Mapping[str, tuple[str, ...]]:
    """Key → names; of several the one named like the key comes first, the others by length, then alphabet."""
    found: dict[str, list[str]] = {}
    for key, name in pairs:
        found.setdefault(key, []).append(name)
    return {key: tuple(sorted(names, key=lambda name: (name != key, len(name), name))) for key, names in found.items()}
