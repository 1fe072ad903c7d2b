"""What `animgd watch` is made of: who notices saves, who draws, and the page that shows it."""
