"""The sh scripts that git starts.

They run what stood in their place before, with the same arguments and input, and keep what it says; look by the shell's
own means whether anything is to be done; and start Python only then. No line starts a program before it is known to be
needed: a rebase of a hundred commits runs such scripts two hundred times.
"""

from __future__ import annotations

import shlex

from swe_agent.hooks.world import BLOCKS

VERSION = 1
MARK = "# swe-agent hook"
"""How the second line begins, by which our own scripts are known, whatever their version and wherever they went."""
BEFORE = ".swe-agent-prev"
"""What the name of a script ends in that stood there before."""
INPUT = ("pre-push",)
"""Events that git tells more of on standard input."""

_HEAD = """\
#!/bin/sh
{mark} {version}: `swe-agent hooks install` made it, `swe-agent hooks uninstall` takes it away.
event={event}
"""
_CHAIN = """\
before=${0%/*}/$event.swe-agent-prev
[ -x "$before" ] && { "$before" "$@" || exit; }
"""
_SOURCED = """\
before=${0%/*}/$event.swe-agent-prev
[ -f "$before" ] && { ( . "$before" ) || exit; }  # it goes by the name under which it was started
"""
_INPUT = """\
before=${0%/*}/$event.swe-agent-prev
input=$(cat; echo .)
input=${input%.}
[ -x "$before" ] && { printf %s "$input" | "$before" "$@" || exit; }
"""
_WANTED = """\
[ "${SWE_AGENT_HOOKS-}" = 0 ] && exit 0
dir=${GIT_DIR:-.git}
[ -f "$dir" ] && { IFS= read -r line < "$dir"; dir=${line#gitdir: }; }
home=$dir
[ -f "$dir/commondir" ] && {
  IFS= read -r line < "$dir/commondir"
  case $line in /*) home=$line ;; *) home=$dir/$line ;; esac
}
home=$home/swe-agent
[ -e "$home/hooks/$event" ] || exit 0
"""
_UNDER_WAY = """\
for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
  [ -e "$dir/$state" ] && exit 0
done
"""
_UNFINISHED = """\
marked() { git diff --cached --name-only -G'^(<<<<<<<|>>>>>>>) ' "$1" -- 2>/dev/null; }
for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
  [ -e "$dir/$state" ] || continue
  case $state in rebase-*) state=REBASE_HEAD ;; esac
  mine=$(marked HEAD)
  [ -n "$mine" ] || exit 0
  theirs="
$(marked $state)
"
  printf '%s\\n' "$mine" | {
    found=0
    while IFS= read -r path; do
      case $theirs in
        *"
$path
"*) found=1; echo "swe-agent: conflict markers are left in $path" >&2 ;;
      esac
    done
    [ $found = 0 ] || echo "swe-agent: resolve them, or commit all the same: git commit --no-verify" >&2
    exit $found
  }
  exit
done
"""
_LANDED = """\
for file in "$home"/landed/*; do
  [ -e "$file" ] || exit 0
  break
done
"""
_PYTHON = """\
python={python}
entry={entry}
[ -x "$python" ] && [ -f "$entry" ] || {{
  echo "swe-agent: it is not there any more, so the $event hook does nothing: \\`swe-agent hooks install\\`" >&2
  exit 0
}}
{given}"$python" -I -S "$entry" "$event" "$@"
case $? in
  0) exit 0 ;;
  {blocks}) exit 1 ;;
esac
echo "swe-agent: the $event hook broke off, and lets this through" >&2
exit 0
"""
_GIVEN = """printf %s "$input" | """


def script(event: str, *, python: str, entry: str, is_sourced: bool = False) -> str:
    """`is_sourced`: what stood there goes by the name under which it was started, and can be read by sh."""
    chain = _INPUT if event in INPUT else _SOURCED if is_sourced else _CHAIN
    parts = (_HEAD.format(mark=MARK, version=VERSION, event=event), chain, _WANTED)
    given = _GIVEN if event in INPUT else ""
    run = _PYTHON.format(python=shlex.quote(python), entry=shlex.quote(entry), given=given, blocks=BLOCKS)
    wait = _UNFINISHED if event == "pre-commit" else _UNDER_WAY
    return "".join((*parts, wait, _LANDED if event == "commit-msg" else "", run))


def is_ours(text: bytes) -> bool:
    second = text.split(b"\n", 2)[1:2]
    return bool(second) and second[0].startswith(MARK.encode())
