'use strict'
// Tries edits inside the sandbox:
//
//     node trials.cjs <plan>
//
// A trial of a few tests shares a process with others (again.cjs). One of the whole suite, which decides what is kept,
// has processes of its own: one for each file of tests (of mocha: for each start). Where a loader does not let the edited
// text in, trials run in a copy of the tree. Prints one line a trial.

const fs = require('fs')
const os = require('os')
const path = require('path')
const zlib = require('zlib')
const { end, runOnce, start } = require('./process.cjs')
const { BETWEEN, Repeated } = require('./repeated.cjs')

const MARK_TRIAL = 'swe-repair-trial:'

const root = fs.realpathSync('.')

class Batch {
  constructor (plan) {
    this.plan = plan
    this.copy = null
    this.repeated = plan.launches.map(launch => new Repeated(launch, root, () => this.limits()))
    this.ready = []
  }

  limits () {
    return { until: Date.now() + this.plan.seconds * 1000, each: this.plan.each }
  }

  async run () {
    let pending = []
    for (let number = 0; number < this.plan.trials.length; number++) {
      const edited = editedBy(this.plan.trials[number])
      const told = await this.quick(edited) || await this.alone(edited)
      pending.push({ number, edited, told })
      const isLast = number + 1 === this.plan.trials.length
      if (pending.length >= BETWEEN || isLast || !told.isQuick) pending = await this.settled(pending)
    }
    for (const one of this.repeated) one.close()
    this.ready.forEach(end)
    if (this.copy) fs.rmSync(this.copy, { recursive: true, force: true })
  }

  async settled (pending) {
    let isTrue = true
    for (const one of this.repeated) isTrue = await one.check() && isTrue
    for (const { number, edited, told } of pending) {
      const { outcomes, ended } = isTrue || !told.isQuick ? told : await this.alone(edited)
      write({ number, outcomes, ended })
    }
    return []
  }

  // What came of it in processes that others have had before; null where that could not be.
  async quick (edited) {
    const outcomes = {}
    for (const [at, launch] of this.plan.launches.entries()) {
      const isPart = Object.keys(launch.tests).length > 0
      const heard = isPart && !this.copy ? await this.repeated[at].run(edited) : null
      if (heard === 'hung') return { outcomes: {}, ended: false, isQuick: true }
      if (heard === null) return null
      for (const [test, outcome] of heard) if (outcomes[test] !== 'failed') outcomes[test] = outcome
    }
    return { outcomes, ended: true, isQuick: true }
  }

  async alone (edited) {
    const told = await this.once(edited)
    if (told.served || this.copy) return told
    this.copy = copied()
    return await this.once(edited)
  }

  // All processes of one trial, one after another: tests of one project share ports and files.
  async once (edited) {
    const told = { outcomes: {}, ended: true, served: false }
    if (this.copy) put(this.copy, edited)
    const limits = this.limits()
    for (const launch of this.plan.launches) {
      const child = start(launch, root, this.copy || root)
      const heard = await runOnce(child, launch, this.copy ? new Map() : edited, limits)
      for (const [test, outcome] of heard.outcomes) {
        if (told.outcomes[test] !== 'failed') told.outcomes[test] = outcome
      }
      told.served = told.served || heard.served || !heard.ended
      told.ended = heard.ended
      if (!told.ended) break
    }
    if (this.copy) put(this.copy, new Map([...edited.keys()].map(name => [name, fs.readFileSync(name)])))
    return told
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
  const top = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'swe-repair-')))
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

new Batch(JSON.parse(zlib.inflateSync(Buffer.from(process.argv[2], 'base64')).toString('utf8'))).run()
