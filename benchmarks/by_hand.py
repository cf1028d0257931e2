"""Three points and two lines by hand, with geopandas and folium: the least such a map costs."""

import sys

import folium
import geopandas as gpd
from shapely import LineString, Point

places = gpd.GeoDataFrame(
    {"name": ["Rajin", "Dunay", "Tikhoretsk"]},
    geometry=[Point(130.30, 42.24), Point(132.35, 42.88), Point(40.13, 45.85)],
    crs="EPSG:4326",
)
legs = gpd.GeoDataFrame(
    {"mode": ["sea", "rail"]},
    geometry=[LineString(places.geometry[:2].tolist()), LineString(places.geometry[1:].tolist())],
    crs="EPSG:4326",
)
page = folium.Map(location=[50, 90], zoom_start=3)
folium.GeoJson(legs).add_to(page)
for row in places.itertuples():
    folium.Marker([row.geometry.y, row.geometry.x], tooltip=row.name).add_to(page)
page.save(sys.argv[1])
