"""SMS of Beeline (A2P): forms out, XML in."""
