"""From an OpenStreetMap extract to a `Project`: one module for each kind of thing that is taken from it."""

from __future__ import annotations

from fiberplan.inputs.osm.project import project_from_osm

__all__ = ["project_from_osm"]
