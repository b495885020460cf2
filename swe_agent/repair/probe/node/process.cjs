'use strict'
// Processes of node that run tests with edits: how one is started, asked, watched and ended.

const fs = require('fs')
const path = require('path')
const { spawn } = require('child_process')

const POLL = 50 // milliseconds
const TICKS = 100 // of the kernel's clock in a second
const LOADING = 1 // second of CPU that a process may need before its first test and between what it tells

const OURS = '^swe-repair [0-9]+ is over$' // the test by which again.cjs knows

const here = name => path.join(__dirname, name)

// `top` is the tree or a copy of it, in which the same places are others. With `again` the process runs its tests as
// often as it is asked.
function start (launch, root, top, again = null) {
  const moved = text => top === root ? text : text.split(root + path.sep).join(top + path.sep)
  const isNode = launch.runner === 'node'
  const reporting = isNode ? ['--test-reporter', here('reporter.cjs'), '--test-reporter-destination', 'stdout'] : []
  const pattern = again ? `${launch.only}|${OURS}` : launch.only
  const only = launch.only && isNode ? ['--test-name-pattern', pattern] : []
  const flags = ['--require', here(again ? 'again.cjs' : 'trial.cjs'), ...launch.flags.map(moved), ...reporting, ...only]
  const [main, ...rest] = launch.arguments.map(moved)
  const role = again
    ? { SWE_REPAIR_AGAIN: JSON.stringify({ ...again, runner: launch.runner, root, main }) }
    : { SWE_REPAIR_TRIAL: launch.runner }
  const child = spawn(launch.program, [...flags, again && isNode ? here('begin.cjs') : main, ...rest], {
    cwd: path.join(top, launch.folder),
    env: { ...process.env, ...launch.environment, ...role },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', again ? 'ignore' : 'pipe'],
    detached: true
  })
  child.on('error', () => {})
  child.stdio[3].on('error', () => {})
  return child
}

function end (child) {
  try {
    // Whatever the trial started is in its group, and ends with it.
    process.kill(-child.pid, 'SIGKILL')
  } catch {}
}

// Hands over a request, and each line of JSON that is told to `hear` until that gives a result. Gives it, or `closed`
// where the process ended by itself, or null where it took too long.
function ask (child, telling, request, { until, each, closed, hear }) {
  return new Promise(resolve => {
    let rest = ''
    let spent = cpuOf(child.pid)
    const done = result => {
      clearInterval(clock)
      child.removeListener('close', onClose)
      telling.removeListener('data', onData)
      resolve(result)
    }
    const onClose = (status, signal) => done(signal === null ? closed : null)
    const onData = text => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      spent = cpuOf(child.pid)
      for (const line of lines) {
        const result = hear(JSON.parse(line))
        if (result) return done(result)
      }
    }
    const clock = setInterval(() => {
      if (Date.now() > until || cpuOf(child.pid) - spent > each + LOADING) done(null)
    }, POLL)
    child.on('close', onClose)
    telling.setEncoding('utf8').on('data', onData)
    if (child.exitCode !== null || child.signalCode !== null) done(null)
    else child.stdio[3].write(JSON.stringify(request) + '\n')
  })
}

const packed = edited => [...edited].map(([name, data]) => [name, data.toString('base64')])

// Seconds of CPU that a process has had; 0 where the system does not tell.
function cpuOf (pid) {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return 0
  }
}

// One run of a launch in a process of its own. What was killed did not come to its end; node itself may end without a
// word where a file throws before its first test.
async function runOnce (child, launch, edited, limits) {
  const outcomes = new Map()
  const heard = await ask(child, child.stdio[4], { tests: launch.tests, only: Boolean(launch.only), edited: packed(edited) }, {
    ...limits,
    closed: { served: true },
    hear: ({ test, outcome, over, served }) => {
      if (over) return { served }
      if (outcomes.get(test) !== 'failed') outcomes.set(test, outcome)
    }
  })
  end(child)
  return { outcomes, ended: heard !== null, served: heard !== null && heard.served }
}

// One run of many in the same process; null where nothing came of it. Then the process is gone.
async function runAgain (child, launch, edited, limits) {
  const heard = await ask(child, child.stdio[3], { edited: packed(edited) }, {
    ...limits, closed: null, hear: told => told
  })
  if (!heard) end(child)
  return heard && { outcomes: new Map(heard.outcomes), served: heard.served }
}

module.exports = { end, runAgain, runOnce, start }
