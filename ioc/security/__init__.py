"""What stands between the network and the pages: names of this server, origins, sizes, time-outs, numbers and headers.

`install` puts the parts around a Dash application, outermost first: headers, concurrency, hosts, origins, bodies, posts of callbacks.
"""
