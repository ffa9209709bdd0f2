"""The Steiner arborescence solver and problems that become one."""
