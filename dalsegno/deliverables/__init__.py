"""What a job publishes beside the music itself: the picture, the page and the metadata."""
