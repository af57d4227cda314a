"""Messages as JSON, both ways, and as JSON Schema. The one place for cattrs.

Everything the outside sends is checked here: unknown and missing fields, wrong types, values that a constructor
refuses. Each is an ``Invalid`` that names the field by its path. Nothing is coerced: "2" is not 2, and neither is 2.0.

Where a field may hold things of several classes, each is tagged with the name of its class, as its ``kind``.
"""

from ecomcore.wire.codec import Wire, answer_type
from ecomcore.wire.text import LONGEST_TEXT

__all__ = ["LONGEST_TEXT", "Wire", "answer_type"]
