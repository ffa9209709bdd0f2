"""Parts of routing that stand beside the joint tree: second routes."""
