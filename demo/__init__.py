"""An invented clinic of three branches with a year behind it and a month before it; above every other app."""
