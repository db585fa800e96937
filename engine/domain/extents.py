"""How far something reaches: regions by their codes, and shapes on the earth; any of these is enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.areas import Place, Shape, as_json, from_json
from engine.domain.regions.codes import lies_within


@dataclass(frozen=True)
class Extent:
    """Regions and shapes together."""

    regions: tuple[str, ...] = ()
    shapes: tuple[Shape, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.regions or self.shapes)

    def holds(self, region: str | None, place: Place | None) -> bool:
        """Whether somebody lives inside: by his region, or by where exactly he is; what is unknown lies nowhere."""
        by_region = region is not None and any(lies_within(region, one) for one in self.regions)
        return by_region or (place is not None and any(shape.holds(place) for shape in self.shapes))

    def as_json(self) -> dict[str, Any]:
        """For the database."""
        return {"regions": list(self.regions), "shapes": as_json(self.shapes)}

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Extent:
        """What `as_json` wrote."""
        return Extent(tuple(stored["regions"]), from_json(stored["shapes"]))


NOWHERE = Extent()
