"""Networks that legs follow: navigable water and track, behind one small interface."""

from geo_routes.networks.interface import Network, NetworkRoute, Point

__all__ = ["Network", "NetworkRoute", "Point"]
