"""Ships orders for a saga in another language, and reports on them every day."""
