"""Long lives, simulated: random projects, edited and updated in turn."""
