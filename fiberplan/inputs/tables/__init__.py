"""Tables of a project, from any file format to rows."""
