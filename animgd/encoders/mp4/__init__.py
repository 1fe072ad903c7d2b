"""MP4: encoded by ffmpeg, then read back and verified."""
