"""ecomcore: the commerce core that Python teams embed. The front door.

from ecomcore import assemble

shop = assemble()
"""

from ecomcore.bootstrap import Desk, Shop, assemble

__all__ = ["Desk", "Shop", "__version__", "assemble"]

__version__ = "0.1.0"
