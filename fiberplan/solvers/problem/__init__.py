"""Problems as arrays, the files they are read from, and checks of trees and bounds.

For users: the instances (from `fiberplan.solvers`), `formats` and `checks`.
"""
