"""What Dal Segno withstands: workers as processes that are killed and frozen, and an audit of what came of it."""
