"""From a lecture to its film, captions, transcript, poster and data."""
