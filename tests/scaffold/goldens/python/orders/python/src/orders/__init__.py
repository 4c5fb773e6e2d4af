"""Takes orders through payment, stock and shipping, and reports on them every day."""
