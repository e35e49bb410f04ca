"""The nets: what is known of each (cards), where it lies (store), how it is run (runtime)."""
