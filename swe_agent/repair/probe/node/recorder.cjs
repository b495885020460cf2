'use strict'
// Which lines each test ran, by V8's own counts: they are taken, and begin anew, wherever a test begins or ends.

const fs = require('fs')
const inspector = require('inspector')
const { SourceMap } = require('module')
const { plainPath } = require('./tree.cjs')
const { codeOf, linesRun, rangesOf } = require('./lines.cjs')

const REMARK = /\n\n\/\/# sourceURL=[^\n]*$/

class Recorder {
  constructor (tree) {
    this.tree = tree
    this.cases = new Map()
    this.running = []
    this.scripts = new Map()
    this.unread = new Set() // paths whose text is not what V8 ran, and no map leads from one to the other
    this.session = new inspector.Session()
    this.session.connect()
    this.post('Profiler.enable')
    this.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true, allowTriggeredUpdates: false })
  }

  // Within one process the answer is there when `post` returns.
  post (method, parameters) {
    let answer
    this.session.post(method, parameters, (error, result) => {
      if (error) throw new Error(`${method}: ${error.message}`)
      answer = result
    })
    return answer
  }

  case (id) {
    if (!this.cases.has(id)) this.cases.set(id, { id, outcome: 'passed', seconds: 0, lines: new Map(), times: 0, within: [] })
    return this.cases.get(id)
  }

  begin (id) {
    this.share()
    const known = this.case(id)
    for (const { id: around } of this.running) if (!known.within.includes(around)) known.within.push(around)
    this.running.push({ id, since: process.hrtime.bigint() })
  }

  end (id) {
    this.share()
    const at = this.running.findLastIndex(one => one.id === id)
    if (at < 0) return
    const [{ since }] = this.running.splice(at, 1)
    this.case(id).seconds += Number(process.hrtime.bigint() - since) / 1e9
  }

  // What ran since is of every test that is under way: of one, of one and those around it, or of several at once.
  share () {
    const lines = this.take()
    for (const { id } of this.running) add(this.case(id).lines, lines)
  }

  // Red is not hidden by another test of the same name.
  outcome (id, outcome, error) {
    const known = this.case(id)
    known.times += 1
    if (known.outcome === 'failed' || (known.times > 1 && outcome !== 'failed')) return
    known.outcome = outcome
    if (outcome === 'failed') Object.assign(known, this.tree.failure(error))
  }

  take () {
    const found = new Map()
    for (const { scriptId, url, functions } of this.post('Profiler.takePreciseCoverage').result) {
      const path = this.tree.relative(url)
      if (!path) continue
      if (!this.scripts.has(scriptId)) this.scripts.set(scriptId, this.script(scriptId, url, path))
      const script = this.scripts.get(scriptId)
      if (!script) continue
      const lines = linesRun(script.code, functions, script.shift)
      if (lines.length) add(found, new Map([[path, lines]]))
    }
    return found
  }

  // How offsets of what V8 ran lead to lines of the file.
  script (scriptId, url, path) {
    const ran = this.sourceOf(scriptId)
    const text = fs.readFileSync(plainPath(url), 'utf8').replace(/^\ufeff/, '')
    // Types that node takes out leave blanks in their place, and a remark behind.
    if (ran === text || lengths(ran.replace(REMARK, '')) === lengths(text)) return { code: codeOf(text), shift: 0 }
    const map = mapOf(ran)
    if (map) return { code: mapped(map, ran), shift: 0 }
    const shift = ran.indexOf(text)
    if (shift >= 0) return { code: codeOf(text), shift }
    this.unread.add(path)
    return null
  }

  sourceOf (scriptId) {
    this.post('Debugger.enable')
    const source = this.post('Debugger.getScriptSource', { scriptId }).scriptSource
    this.post('Debugger.disable')
    return source
  }

  told () {
    return [...this.cases.values()].filter(one => one.times).map(({ lines, ...rest }) => ({
      ...rest, lines: Object.fromEntries([...lines].map(([path, at]) => [path, rangesOf(at)]))
    }))
  }
}

function add (to, lines) {
  for (const [path, at] of lines) {
    if (!to.has(path)) to.set(path, new Set())
    for (const line of at) to.get(path).add(line)
  }
}

function lengths (text) {
  return text.split('\n').map(line => line.length).join()
}

// The map that a loader has put behind what it made.
function mapOf (ran) {
  const found = /\/\/[#@] sourceMappingURL=data:application\/json[^,]*;base64,([\w+/=]+)\s*$/.exec(ran)
  if (!found) return null
  try {
    return new SourceMap(JSON.parse(Buffer.from(found[1], 'base64').toString('utf8')))
  } catch {
    return null
  }
}

// Each word of what V8 ran, with the line of the file that it comes from.
function mapped (map, ran) {
  const code = codeOf(ran)
  const starts = [0]
  for (let at = ran.indexOf('\n'); at >= 0; at = ran.indexOf('\n', at + 1)) starts.push(at + 1)
  const kept = { offsets: [], lines: [] }
  code.offsets.forEach((offset, at) => {
    const row = code.lines[at] - 1
    const { originalLine } = map.findEntry(row, offset - starts[row])
    if (originalLine === undefined) return
    kept.offsets.push(offset)
    kept.lines.push(originalLine + 1)
  })
  return kept
}

module.exports = { Recorder }
