"""`typing.NamedTuple` without `typing` and `collections`, whose import would take a third of the time to a first page.

Type checkers see the real one; at run time the same class statement makes a class that does the same. The library's own
compiles a function for every class, which for the twenty classes of a certificate takes as long as drawing it.
"""

from operator import itemgetter

__all__ = ["TYPE_CHECKING", "NamedTuple"]

TYPE_CHECKING = False  # type checkers take it for true, by its name
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Fields(type):
        """Makes the annotations of a class its fields, in their order."""

        def __new__(cls, name, bases, body):
            # From 3.14 on a class body leaves its annotations to be asked for.
            annotations = body.get("__annotations__") or super().__new__(cls, name, (), dict(body)).__annotations__
            fields = tuple(annotations)
            defaults = {field: body[field] for field in fields if field in body}
            body |= {field: property(itemgetter(place)) for place, field in enumerate(fields)}
            body |= {"__slots__": (), "__match_args__": fields, "_fields": fields, "_field_defaults": defaults}
            return super().__new__(cls, name, bases or (tuple,), body)

    class NamedTuple(metaclass=_Fields):
        """A tuple whose items have names and types: list them as annotations, those with a default last."""

        def __new__(cls, *values, **named):  # noqa: D102 as of any tuple
            if named or len(values) != len(cls._fields):
                values = cls._complete(values, named)
            return tuple.__new__(cls, values)

        @classmethod
        def _complete(cls, values, named):
            """The values of all fields; `TypeError` if one is missing, given twice or unknown."""
            missing = cls._fields[len(values) :]
            known = {**cls._field_defaults, **named}
            try:
                rest = [known[field] for field in missing]
            except KeyError:
                rest = []
            if len(values) + len(rest) != len(cls._fields) or not named.keys() <= set(missing):
                raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}")
            return (*values, *rest)

        @classmethod
        def _make(cls, values):
            return cls(*values)

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def _replace(self, **changes):
            return type(self)(**{**self._asdict(), **changes})

        def __repr__(self):
            return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._asdict().items())})"

        def __getnewargs__(self):
            return tuple(self)
