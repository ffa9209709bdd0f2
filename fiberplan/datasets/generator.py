"""A seeded generator of synthetic provinces."""


def synthetic(): ...
