"""The keys of config.yaml, read off the models: what may stand where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag

from engine.settings.model import Settings


def keys_at(path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys of the mapping at that place of config.yaml; () where they are free or there is none.

    `path` is pydantic's: the kind of a channel stands in it, after the channel's name.
    """
    annotation: Any = Settings
    for step in path:
        annotation = _below(annotation, step)
    return tuple(key for model in _models(annotation) for key in model.model_fields)


def all_keys() -> tuple[str, ...]:
    """Every key as a dotted path, `*` for a name of one's own: `channels.*.host`."""
    return tuple(dict.fromkeys(_walk("", Settings)))


def _walk(prefix: str, annotation: Any) -> Iterator[str]:
    for model in _models(annotation):
        for key, field in model.model_fields.items():
            yield prefix + key
            yield from _walk(f"{prefix}{key}.", field.annotation)
    for choice in _choices(annotation):
        yield from _walk(prefix, get_args(choice)[0])
    if get_origin(annotation) is dict:
        yield from _walk(f"{prefix}*.", get_args(annotation)[1])
    if get_origin(annotation) is tuple:
        yield from _walk(f"{prefix}*.", get_args(annotation)[0])


def _below(annotation: Any, step: str | int) -> Any:
    """The annotation one step down."""
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    if get_origin(annotation) is tuple:
        return get_args(annotation)[0]
    for choice in _choices(annotation):
        if step in _tags(choice):
            return get_args(choice)[0]
    for model in _models(annotation):
        if step in model.model_fields:
            return model.model_fields[str(step)].annotation
        if "kind" in model.model_fields and step in get_args(model.model_fields["kind"].annotation):
            return model
    return None


def _choices(annotation: Any) -> tuple[Any, ...]:
    """The tagged ways to write a value, where there are several."""
    union = get_origin(annotation) in (Union, UnionType)
    return tuple(one for one in get_args(annotation) if _tags(one)) if union else ()


def _tags(choice: Any) -> tuple[str, ...]:
    return tuple(one.tag for one in getattr(choice, "__metadata__", ()) if isinstance(one, Tag))


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The model, or the models of a union, that the annotation stands for."""
    if get_origin(annotation) is Annotated:
        return _models(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return tuple(model for choice in get_args(annotation) for model in _models(choice))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return ()
