"""The default province: real units, schematic outlines, synthetic villages, and the figures that were published."""
