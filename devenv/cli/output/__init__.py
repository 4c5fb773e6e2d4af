"""How answers, progress and errors look: for people, as one JSON document, or as JSON lines."""
