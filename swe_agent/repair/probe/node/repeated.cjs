'use strict'
// Trials of one launch that share a process, for as long as that tells the truth: the text without edits is run at
// first, twice, and now and then; where it does not do as it was recorded, nothing that was heard since counts.

const fs = require('fs')
const { isCommon } = require('./serve.cjs')
const { end, runAgain, start } = require('./process.cjs')

const BETWEEN = 40 // trials
const MOST_LOST = 6 // processes that candidates have hung or ended, before each gets one of its own

class Repeated {
  constructor (launch, root, limits) {
    this.launch = launch
    this.root = root
    this.limits = limits
    this.child = null
    this.lost = 0
    this.isSound = true
    this.since = 0
  }

  // Outcomes, 'hung', or null where it must be tried by itself.
  async run (edited) {
    if (!this.isSound || this.lost > MOST_LOST) return null
    if (!this.child && !await this.begin()) return null
    this.since += 1
    const began = Date.now()
    const told = await runAgain(this.child, this.launch, edited, this.limits())
    if (told && told.served) return told.outcomes
    if (told) return null
    this.child = null
    this.lost += 1
    return Date.now() - began > 500 ? 'hung' : null
  }

  async begin () {
    const main = this.launch.arguments[0]
    const modules = !isCommon(this.launch.runner === 'node' ? main : `${this.root}/a.js`, textOf(main))
    this.child = start(this.launch, this.root, this.root, { modules })
    this.isSound = await this.isTrue() && await this.isTrue()
    if (!this.isSound) this.close()
    return this.isSound
  }

  // Whether what was heard since the last time may be believed.
  async check () {
    if (!this.child || this.since < BETWEEN) return true
    this.since = 0
    if (await this.isTrue()) return true
    this.close()
    this.lost += 1
    return false
  }

  async isTrue () {
    const told = this.child && await runAgain(this.child, this.launch, new Map(), this.limits())
    if (!told) {
      this.child = null
      return false
    }
    const { only, recorded, tests } = this.launch
    return Object.entries(recorded).filter(([test]) => !only || test in tests).every(([test, outcome]) => {
      return (told.outcomes.get(test) === 'passed') === (outcome === 'passed')
    })
  }

  close () {
    if (this.child) end(this.child)
    this.child = null
  }
}

function textOf (name) {
  try {
    return fs.readFileSync(name)
  } catch {
    return Buffer.alloc(0)
  }
}

module.exports = { BETWEEN, Repeated }
