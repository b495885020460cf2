'use strict'
// Loaded into a process that runs one file of tests, or one start of mocha, with edits. It waits until it is told which
// (descriptor 3), so that it has started by then, and tells what came of it (descriptor 4).

const fs = require('fs')
const { isMainThread } = require('worker_threads')
const { nameOfFile } = require('./tree.cjs')

const ASKED = 3
const TOLD = 4

if (isMainThread && process.env.SWE_REPAIR_TRIAL) run(process.env.SWE_REPAIR_TRIAL)

function run (runner) {
  delete process.env.SWE_REPAIR_TRIAL
  const request = JSON.parse(asked())
  const edited = new Map(request.edited.map(([name, data]) => [name, Buffer.from(data, 'base64')]))
  const server = edited.size ? new (require('./serve.cjs').Server)(edited) : { served: true }
  // Test → how many of that name are still to be heard; none where all of the suite is asked for.
  const waiting = new Map(Object.entries(request.tests))
  const isPart = waiting.size > 0
  let isOver = false
  let heard = 0
  const over = () => {
    if (!isOver && runner === 'node') tell({ test: nameOfFile(process.argv[1]), outcome: heard ? 'passed' : 'failed' })
    if (!isOver) tell({ over: true, served: server.served })
    isOver = true
  }
  const outcome = (test, said) => {
    heard += 1
    tell({ test, outcome: said })
    if (waiting.get(test) > 1) waiting.set(test, waiting.get(test) - 1)
    else waiting.delete(test)
    if (isPart && !waiting.size) over()
  }
  if (runner === 'mocha') {
    const { listen, only, onRunner } = require('./mocha.cjs')
    onRunner(mocha => {
      if (request.only) only(mocha.suite, new Set(Object.keys(request.tests)))
      listen(mocha, { outcome })
      mocha.on('end', over)
    })
  } else {
    require('./reporter.cjs').listen(outcome)
  }
  process.on('exit', over)
}

function asked () {
  let text = ''
  const part = Buffer.alloc(65536)
  while (!text.endsWith('\n')) {
    const count = fs.readSync(ASKED, part)
    if (!count) process.exit(1)
    text += part.toString('latin1', 0, count)
  }
  return Buffer.from(text, 'latin1').toString('utf8')
}

function tell (value) {
  fs.writeSync(TOLD, JSON.stringify(value) + '\n')
}
