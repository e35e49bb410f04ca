"""Films: read, gone through frame by frame and written, with their times, colours and sound; the only user of PyAV."""
