'use strict'
// From V8's ranges of counts to lines. Knows text and numbers alone; offsets are UTF-16 units, as V8 and JavaScript
// have them.

// Comments are passed over, so that no line of words alone counts as run; strings are, so that no comment begins there.
const PIECES = /\/\/[^\n]*|\/\*[^]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|[\w$\u0080-\uffff]+/g

// Where words of code begin: { offsets, lines }, side by side and in order, lines from 1.
function codeOf (text) {
  const offsets = []
  const lines = []
  let line = 1
  let counted = 0
  for (const piece of text.matchAll(PIECES)) {
    for (; counted < piece.index; counted++) if (text.charCodeAt(counted) === 10) line++
    if (/^\/[/*]/.test(piece[0])) continue
    offsets.push(piece.index)
    lines.push(line)
  }
  return { offsets, lines }
}

// Of V8's functions, each with nested ranges, one flat list of [offset, count]: what holds from there on.
function flattened (functions) {
  const ranges = functions.flatMap(one => one.ranges)
  ranges.sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset)
  const steps = []
  const open = []
  const close = until => {
    while (open.length && open[open.length - 1].endOffset <= until) {
      const { endOffset } = open.pop()
      steps.push([endOffset, open.length ? open[open.length - 1].count : 0])
    }
  }
  for (const range of ranges) {
    close(range.startOffset)
    steps.push([range.startOffset, range.count])
    open.push(range)
  }
  close(Infinity)
  return steps
}

// Numbers of the lines on which something ran. `shift` is what a loader put before the text.
function linesRun (code, functions, shift = 0) {
  if (!functions.some(one => one.ranges.some(range => range.count))) return []
  const steps = flattened(functions)
  const found = new Set()
  let at = 0
  let count = 0
  for (let i = 0; i < code.offsets.length; i++) {
    const offset = code.offsets[i] + shift
    while (at < steps.length && steps[at][0] <= offset) count = steps[at++][1]
    if (count) found.add(code.lines[i])
  }
  return [...found]
}

// 1, 2, 3, 7 as [1, 3, 7, 7].
function rangesOf (lines) {
  const flat = []
  for (const line of [...lines].sort((a, b) => a - b)) {
    if (flat[flat.length - 1] === line - 1) flat[flat.length - 1] = line
    else flat.push(line, line)
  }
  return flat
}

module.exports = { codeOf, linesRun, rangesOf }
