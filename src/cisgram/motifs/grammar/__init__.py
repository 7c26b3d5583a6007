"""The observed half of a model's grammar: where its patterns lie, at which distances, and whose reads lie on them."""
