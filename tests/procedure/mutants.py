"""``make mutants``: wrong pages and wrong rules, all of which the tests of the lifecycle have to notice.

Each line of ``workflows/lifecycle.py`` is changed, dropped or doubled, and words are invented; that is judged over the
decisions of simulated lives. Each place of ``workflows/procedure/`` that opens a task or names a stage does something
else or nothing; that is judged by running the rules. The last line is ``killed N of M``; it fails when one lives.
"""

import argparse
import sys
import time
from collections import Counter

from tests.procedure import page_mutants, rule_mutants
from tests.procedure.corpus import play
from workflows.lifecycle import GRANT

EQUIVALENT: dict[str, str] = {}
"""Mutants that change nothing that can happen, with the reason. Each is printed and counts as alive."""


def of_page(random_lives: int) -> tuple[int, int]:
    """How many mutants of the page were made, and how many were killed; prints the survivors."""
    began = time.monotonic()
    corpus = play(random_lives)
    print(f"page: judged over {corpus.total} decisions, {len(corpus.done)} of them distinct", flush=True)
    killed: Counter[str] = Counter()
    made = 0
    for mutant in page_mutants.mutants(GRANT):
        made += 1
        how = page_mutants.judge(mutant, corpus)
        if how:
            killed[how.partition(":")[0] if how.startswith(("reading", "decision")) else "flaw"] += 1
        else:
            print(f"  alive: {mutant} ({EQUIVALENT.get(str(mutant), 'no reason is known')})")
    print(f"page: killed {sum(killed.values())} of {made} ({dict(killed)}) in {time.monotonic() - began:.0f} s")
    return made, sum(killed.values())


def of_rules(random_lives: int) -> tuple[int, int]:
    """How many mutants of the rules were made, and how many were killed; prints the survivors."""
    began = time.monotonic()
    killed: Counter[str] = Counter()
    made = 0
    for mutant in rule_mutants.mutants():
        made += 1
        how = rule_mutants.judge(mutant, random_lives)
        if how and how != "never run":
            killed[how.partition(":")[0]] += 1
        else:
            print(f"  alive: {mutant} ({how or EQUIVALENT.get(str(mutant), 'no reason is known')})", flush=True)
    print(f"rules: killed {sum(killed.values())} of {made} ({dict(killed)}) in {time.monotonic() - began:.0f} s")
    return made, sum(killed.values())


def main() -> int:
    """0 when none lives."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--lives", type=int, default=3000, help="random lives that the page is judged over")
    options.add_argument("--walks", type=int, default=40, help="random lives that each wrong rule has to survive")
    given = options.parse_args()
    made, killed = (sum(pair) for pair in zip(of_page(given.lives), of_rules(given.walks), strict=True))
    print(f"killed {killed} of {made}")
    return 0 if killed == made else 1


if __name__ == "__main__":
    sys.exit(main())
