"""What is built along the routes: traffic, cables, sites, optics and the bill of quantities."""
