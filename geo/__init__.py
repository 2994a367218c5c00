"""Geography as pure functions: frames in, frames out. Imports nothing of the other packages."""
