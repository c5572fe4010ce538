"""`typing.NamedTuple` without `typing`, whose import alone would take a quarter of the time to a first certificate.

Type checkers see the real one; at run time the same class statement makes the same kind of class.
"""

from collections import namedtuple

__all__ = ["TYPE_CHECKING", "NamedTuple"]

TYPE_CHECKING = False  # type checkers take it for true, by its name
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Maker(type):
        """Makes of a class that lists fields a named tuple of these fields, with whatever else the class holds."""

        def __new__(cls, name, bases, body):
            if not bases:
                return super().__new__(cls, name, bases, body)
            # From 3.14 on a class body leaves its annotations to be asked for.
            fields = body.get("__annotations__") or super().__new__(cls, name, (), dict(body)).__annotations__
            made = namedtuple(name, fields, defaults=[body[field] for field in fields if field in body])
            for key, value in body.items():
                if key not in fields:
                    setattr(made, key, value)
            return made

    class NamedTuple(metaclass=_Maker):
        """A tuple whose items have names and types: list them as annotations, those with a default last."""
