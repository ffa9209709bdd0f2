"""Parts of routing beside the joint tree: second routes.

Internal; `fiberplan.routing` is public.
"""
