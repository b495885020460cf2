"""What a tree of files holds: symbols, search, ranking, a map. Knows no task, no model, no git: files are handed in.

index = build(sources, cache=directory)
index.rank("totals ignore the discount")   -> files, best first, with reasons
"""
