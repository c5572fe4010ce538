"""What becomes of corrections: they close themselves, who asked is told, and schools get their lists."""
