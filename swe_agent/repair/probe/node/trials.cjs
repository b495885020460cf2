'use strict'
// Tries edits inside the sandbox:
//
//     node trials.cjs <plan>
//
// Each trial has a process of its own for each file of tests (of mocha: for each start), begun while the one before
// runs. Where a loader does not let the edited text in, the trials that follow run in a copy of the tree. Prints one
// line a trial.

const fs = require('fs')
const os = require('os')
const path = require('path')
const zlib = require('zlib')
const { spawn } = require('child_process')

const MARK_TRIAL = 'swe-repair-trial:'
const POLL = 50 // milliseconds
const TICKS = 100 // of the kernel's clock in a second
const LOADING = 1 // second of CPU that a process may need before its first test and between what it tells

const root = fs.realpathSync('.')
const here = name => path.join(__dirname, name)

async function trials (plan) {
  const jobs = plan.launches
  let copy = null
  let ready = []
  const prepare = () => jobs.map(launch => start(launch, plan, copy || root))
  for (let number = 0; number < plan.trials.length; number++) {
    const edited = editedBy(plan.trials[number])
    // All files of a big suite at once would be too many processes: those of a few are begun in advance.
    if (!ready.length) ready = jobs.length <= 2 ? prepare() : []
    const current = ready
    ready = jobs.length <= 2 && number + 1 < plan.trials.length ? prepare() : []
    let told = await trial(plan, current, edited, copy)
    if (!told.served && !copy) {
      copy = copied()
      ready.forEach(end)
      ready = []
      told = await trial(plan, [], edited, copy)
    }
    write({ number, outcomes: told.outcomes, ended: told.ended })
  }
  ready.forEach(end)
  if (copy) fs.rmSync(copy, { recursive: true, force: true })
}

// All processes of one trial, one after another: tests of one project share ports and files.
async function trial (plan, begun, edited, copy) {
  const told = { outcomes: {}, ended: true, served: false }
  if (copy) put(copy, edited)
  const until = Date.now() + plan.seconds * 1000
  for (let at = 0; at < plan.launches.length; at++) {
    const running = begun[at] || start(plan.launches[at], plan, copy || root)
    if (!told.ended) {
      end(running)
      continue
    }
    const heard = await ask(running, plan.launches[at], copy ? new Map() : edited, until, plan.each)
    for (const [test, outcome] of heard.outcomes) {
      if (told.outcomes[test] !== 'failed') told.outcomes[test] = outcome
    }
    told.ended = told.ended && heard.ended
    told.served = told.served || heard.served
  }
  if (copy) put(copy, new Map([...edited.keys()].map(name => [name, fs.readFileSync(name)])))
  return { ...told, served: told.served || !told.ended }
}

function start (launch, plan, top) {
  // In a copy of the tree the same places.
  const moved = text => top === root ? text : text.split(root + path.sep).join(top + path.sep)
  const reporting = launch.runner === 'node' ? ['--test-reporter', here('reporter.cjs'), '--test-reporter-destination', 'stdout'] : []
  const only = launch.only && launch.runner === 'node' ? ['--test-name-pattern', launch.only] : []
  const flags = ['--require', here('trial.cjs'), ...launch.flags.map(moved), ...reporting, ...only]
  const child = spawn(launch.program, [...flags, ...launch.arguments.map(moved)], {
    cwd: path.join(top, launch.folder),
    env: { ...process.env, ...launch.environment, SWE_REPAIR_TRIAL: launch.runner },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
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

function ask (child, launch, edited, until, each) {
  return new Promise(resolve => {
    const heard = { outcomes: new Map(), ended: false, served: false }
    let rest = ''
    let spent = cpuOf(child.pid)
    const done = () => {
      child.removeAllListeners('close')
      clearInterval(clock)
      end(child)
      resolve(heard)
    }
    const clock = setInterval(() => {
      if (Date.now() > until || cpuOf(child.pid) - spent > each + LOADING) done()
    }, POLL)
    child.stdio[4].setEncoding('utf8').on('data', text => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()
      spent = cpuOf(child.pid)
      for (const line of lines) {
        const { test, outcome, over, served } = JSON.parse(line)
        if (over) {
          Object.assign(heard, { ended: true, served })
          return done()
        }
        if (heard.outcomes.get(test) !== 'failed') heard.outcomes.set(test, outcome)
      }
    })
    // Node may end without a word where a file throws before its first test; what was killed did not come to its end.
    child.on('close', (status, signal) => {
      Object.assign(heard, { ended: signal === null, served: true })
      done()
    })
    child.on('error', done)
    const request = { tests: launch.tests, only: Boolean(launch.only), edited: [...edited].map(([name, data]) => [name, data.toString('base64')]) }
    child.stdio[3].end(JSON.stringify(request) + '\n')
  })
}

// Seconds of CPU that a process has had; 0 where the system does not tell.
function cpuOf (pid) {
  try {
    const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ')
    return (Number(fields[11]) + Number(fields[12])) / TICKS
  } catch {
    return 0
  }
}

// Real path → bytes. Edits of a file come with the last one first, so that places hold.
function editedBy (edits) {
  const edited = new Map()
  for (const [name, start, end, replacement] of edits) {
    const full = fs.realpathSync(name)
    const data = edited.get(full) || fs.readFileSync(full)
    edited.set(full, Buffer.concat([data.subarray(0, start), bytesOf(replacement), data.subarray(end)]))
  }
  return edited
}

// Bytes that are no UTF-8 come as halves of surrogate pairs (PEP 383).
function bytesOf (text) {
  return Buffer.concat(Array.from(text, char => {
    const code = char.charCodeAt(0)
    return char.length === 1 && code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(char)
  }))
}

// The tree in a folder of its own; what is installed is lent to it.
function copied () {
  const top = fs.mkdtempSync(path.join(os.tmpdir(), 'swe-repair-'))
  const lent = []
  fs.cpSync(root, top, {
    recursive: true,
    filter: (source, target) => {
      const name = path.basename(source)
      if (name === 'node_modules') lent.push([source, target])
      return name !== 'node_modules' && name !== '.git'
    }
  })
  for (const [source, target] of lent) fs.symlinkSync(source, target)
  return top
}

function put (copy, edited) {
  for (const [name, data] of edited) fs.writeFileSync(path.join(copy, path.relative(root, name)), data)
}

function write (value) {
  let data = Buffer.from(`\n${MARK_TRIAL}${zlib.deflateSync(JSON.stringify(value)).toString('base64')}\n`)
  while (data.length) {
    try {
      data = data.subarray(fs.writeSync(1, data))
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
    }
  }
}

trials(JSON.parse(zlib.inflateSync(Buffer.from(process.argv[2], 'base64')).toString('utf8')))
