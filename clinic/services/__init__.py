"""What the clinic does with its places, people, accounts and rights."""
