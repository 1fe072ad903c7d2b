"""MP4 by way of ffmpeg, read back and verified."""
