"""Many pictures of a folder, one after the other, so that a run can be stopped and goes on where it was."""
