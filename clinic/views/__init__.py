"""Pages of the clinic: its places, people, accounts, rights."""
