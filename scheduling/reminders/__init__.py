"""What patients are told of their visits: tomorrow's reminder, and notices of a booking, a move, a cancelling.

Finding is set-based and by branch, since "tomorrow" is the branch's; nothing is added to the cost of booking. What a
move or a cancelling makes untrue is withdrawn in its own transaction.
"""
