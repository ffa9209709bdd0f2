"""The smallest subsidy that keeps every group of operators in."""
