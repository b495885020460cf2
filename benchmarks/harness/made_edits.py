"""Edits that are made up, for a run without a network: two files of a few functions, and two changes in each."""

from __future__ import annotations

import random

from benchmarks.harness.real_edits import Edit, unsaid

_PYTHON = '''def {name}(items, limit={number}):
    """How much of {name} there is."""
    total = {number}
    for item in items:
        if item.{name} > limit:
            total += item.{name}

    return total - limit


'''
_JAVASCRIPT = """export function {name}(items, limit = {number}) {{
  // How much of {name} there is.
  let total = {number};
  for (const item of items) {{
    if (item.{name} > limit) {{
      total += item.{name};
    }}
  }}

  return total - limit;
}}

"""


def made(seed: int) -> list[Edit]:
    dice = random.Random(seed)
    words = ["apples", "berries", "cherries", "dates", "elders", "figs", "grapes"]
    edits = []
    for language, template, path in (("python", _PYTHON, "shop/fruit.py"), ("javascript", _JAVASCRIPT, "lib/fruit.js")):
        before = "".join(template.format(name=word, number=dice.randrange(2, 90)) for word in words)
        one, other = dice.sample(words, 2)
        after = before.replace(f"total += item.{one}", f"total += item.{one} * item.count")
        after = after.replace(f"How much of {other} there is", f"How much of {other} there is, or was")
        others = {f"{path.partition('/')[0]}/other.{path[-2:]}": "nothing = 1\n"}
        edits.append(
            Edit(
                name=f"made-{seed}:{path}",
                language=language,
                path=path,
                before=before,
                after=after,
                others=others,
                unsaid=unsaid(before, after),
            )
        )
    return edits
