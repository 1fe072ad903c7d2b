"""From a recording and a moment to a frame; opens no files and knows no encoder."""
