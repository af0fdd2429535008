"""unittest with a cloud."""

import unittest
from typing import Any, ClassVar

from orrery.testing.cloud import Cloud


class OrreryTestCase(unittest.TestCase):
    """A TestCase with a fresh cloud for each test as `self.orrery`; the environment points to it meanwhile.

    `orrery_settings` are the cloud's. With `orrery_shared = True` one cloud serves all tests of the class, from
    before `setUpClass` is through to the end of `tearDownClass`. Classes with these methods of their own call
    `super()` first.
    """

    orrery_settings: ClassVar[dict[str, Any]] = {}
    orrery_shared: ClassVar[bool] = False
    orrery: Cloud

    @classmethod
    def setUpClass(cls) -> None:
        """Start the class's cloud, where it shares one."""
        super().setUpClass()
        if cls.orrery_shared:
            cls.orrery = cls.enterClassContext(Cloud(**cls.orrery_settings))
            cls.enterClassContext(cls.orrery.environment())

    def setUp(self) -> None:
        """Start the test's cloud, where it has its own."""
        super().setUp()
        if not self.orrery_shared:
            self.orrery = self.enterContext(Cloud(**self.orrery_settings))
            self.enterContext(self.orrery.environment())
