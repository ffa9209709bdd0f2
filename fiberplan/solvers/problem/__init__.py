"""Problems as arrays, and the files they are read from."""
