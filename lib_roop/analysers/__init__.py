"""Finding faces and telling who they are: one file a family."""
