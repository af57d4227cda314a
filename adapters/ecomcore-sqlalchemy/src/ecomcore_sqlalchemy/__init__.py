"""ecomcore on SQLite and PostgreSQL, through SQLAlchemy Core.

from ecomcore import assemble

shop = assemble("sqlite:///shop.db")
shop = assemble("postgresql://localhost/shop")
"""

from ecomcore_sqlalchemy.persistence import SqlPersistence

__all__ = ["SqlPersistence"]
