"""Who wrote which line: evidence of accepted blocks, carried through history as it is read.

No hook and no event is needed: labels are computed from the commits and the evidence alone, in any clone that has both.
Values in, values out: the stream of commits comes from `repo.history`, evidence and state from `store`.
"""
