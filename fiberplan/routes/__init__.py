"""Parts of routing: what it returns, and second routes.

Internal; `fiberplan.routing` is public.
"""
