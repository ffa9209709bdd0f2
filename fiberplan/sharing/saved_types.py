"""How results of this package are written as plain JSON values by pydantic, and read back.

Exact numbers become texts, mappings whose keys JSON does not know become lists of pairs. The types stand in the annotations
of the results; the adapters that use them are in the modules `saved`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator, PlainSerializer, TypeAdapter, ValidationError
from pydantic_core import core_schema

from fiberplan.errors import SharingError
from fiberplan.money import Rational

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler

Json = dict[str, Any]
Saved = TypeVar("Saved")

Exact = Annotated[Rational, BeforeValidator(Fraction), PlainSerializer(lambda number: str(Fraction(number)))]
"""An exact number of any type as the text of a fraction: ``"7/2"``; it is read as a fraction."""


class Pairs:
    """Write a mapping as a list of ``[key, value]``; the parts of a compound key stand side by side.

    Examples
    --------
    >>> grants = Annotated[Mapping[tuple[str, int], Fraction], Pairs()]
    >>> TypeAdapter(grants).dump_python({("roads", 1): Fraction(1, 2)}, mode="json")
    [['roads', 1, '1/2']]
    >>> TypeAdapter(grants).validate_python([["roads", 1, "1/2"]])
    {('roads', 1): Fraction(1, 2)}
    """

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 - a type
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """Put the entries' schema in place of the mapping's."""
        key, value = get_args(source)
        parts = get_args(key) if get_origin(key) is tuple else (key,)
        is_compound = len(parts) > 1

        def to_mapping(entries: list[tuple[Any, ...]]) -> dict[Any, Any]:
            mapping = {entry[:-1] if is_compound else entry[0]: entry[-1] for entry in entries}
            if len(mapping) < len(entries):
                raise ValueError("a key is listed twice")
            return mapping

        def to_entries(mapping: Mapping[Any, Any]) -> list[tuple[Any, ...]]:
            return [(*key, value) if is_compound else (key, value) for key, value in mapping.items()]

        return _as(handler.generate_schema(list[tuple[*parts, value]]), to_mapping, to_entries)  # type: ignore[valid-type]


class Row:
    """Write a dataclass as the list of its values, in the order of its fields."""

    def __get_pydantic_core_schema__(
        self,
        source: Any,  # noqa: ANN401 - a type
        handler: GetCoreSchemaHandler,
    ) -> core_schema.CoreSchema:
        """Put the schema of the values in place of the class's."""
        names = [field.name for field in fields(source)]
        types = get_type_hints(source, include_extras=True)
        values = handler.generate_schema(tuple[*(types[name] for name in names)])  # type: ignore[misc]
        return _as(values, lambda row: source(*row), lambda one: tuple(getattr(one, name) for name in names))


def _as(
    schema: core_schema.CoreSchema, read: Callable[[Any], object], write: Callable[[Any], object]
) -> core_schema.CoreSchema:
    return core_schema.no_info_after_validator_function(
        read,
        schema,
        serialization=core_schema.plain_serializer_function_ser_schema(write, return_schema=schema),
    )


def complete(kind: type) -> BeforeValidator:
    """Insist that every field of a dataclass is saved: a rule that is missing is not a rule that is not set.

    Parameters
    ----------
    kind
        The dataclass. A field that is added later needs a value for older files, filled in before this.
    """
    names = {field.name for field in fields(kind)}

    def check(saved: object) -> object:
        if isinstance(saved, Mapping) and (missing := sorted(names - saved.keys())):
            raise ValueError(f"lacks {', '.join(missing)}")
        return saved

    return BeforeValidator(check)


def read_saved(adapter: TypeAdapter[Saved], saved: object, what: str) -> Saved:
    """Read plain JSON values.

    Parameters
    ----------
    adapter
        Of what they are to be.
    saved
        The values.
    what
        How errors call them.

    Raises
    ------
    SharingError
        They are something else.
    """
    try:
        return adapter.validate_python(saved)
    except (ValidationError, TypeError, ZeroDivisionError) as error:
        raise SharingError(f"the saved {what} cannot be read: {_first(error)}") from error


def _first(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return repr(error)
    first = error.errors(include_url=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def sorted_by(order: Callable[[Any], Any]) -> PlainSerializer:
    """Write a set as a list in a fixed order.

    Parameters
    ----------
    order
        Key by which members are ranked.
    """

    def write(members: Iterable[Any]) -> list[Any]:
        return sorted(members, key=order)

    return PlainSerializer(write)
