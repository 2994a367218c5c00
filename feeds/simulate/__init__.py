"""The province's systems, played on loopback over their real protocols, so that a demonstration has something to talk to.

Everything they say is invented and says so. They misbehave now and then, as real ones do.
"""
