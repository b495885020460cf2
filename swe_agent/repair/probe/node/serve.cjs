'use strict'
// Has this process see edited texts in the place of some files, whoever loads them; nothing is written.
//
// CommonJS is compiled from the edited text; what compiles for itself (ts-node, Babel, tsx) reads it from `fs`; modules
// of ES come through hooks of node's loader, from 18.19 and 20.6 on.

const fs = require('fs')
const Module = require('module')
const path = require('path')
const { MessageChannel } = require('worker_threads')
const { pathToFileURL } = require('url')
const { realOf } = require('./tree.cjs')

const SYNTAX_OF_MODULES = /^\s*(?:import[\s{*"']|export[\s{*])/m

class Server {
  // `edited` maps real paths to bytes. With a `root`, modules of ES below it are loaded anew for each set of edits.
  constructor (edited, root = '') {
    this.edited = edited
    this.seen = new Int32Array(new SharedArrayBuffer(4))
    this.root = root
    this.number = 0
    this.port = null
    this.readFrom()
    this.compileFrom()
    if (root || [...edited].some(([name, data]) => !isCommon(name, data))) this.hook()
  }

  // Whether any of the edited files has been asked for.
  get served () {
    return Atomics.load(this.seen, 0) > 0
  }

  // Other edits from here on. What node's loader does in a thread of its own has heard of them when this returns.
  async change (edited) {
    this.edited = edited
    this.number += 1
    Atomics.store(this.seen, 0, 0)
    if (!this.port) return
    const heard = new Promise(resolve => this.port.once('message', resolve))
    this.port.postMessage(this.told())
    await heard
  }

  told () {
    return { number: this.number, edited: [...this.edited].map(([name, data]) => [name, data.toString('utf8')]) }
  }

  take (name) {
    const data = this.edited.size ? this.edited.get(realOf(name)) : undefined
    if (data) Atomics.store(this.seen, 0, 1)
    return data
  }

  readFrom () {
    const take = name => this.take(name)
    const { readFile, readFileSync } = fs
    fs.readFileSync = function (name, options) {
      const data = take(name)
      return data ? encoded(data, options) : readFileSync.apply(this, arguments)
    }
    fs.readFile = function (name, ...rest) {
      const data = take(name)
      if (!data) return readFile.call(this, name, ...rest)
      const done = rest.pop()
      process.nextTick(done, null, encoded(data, rest[0]))
    }
    const promised = fs.promises.readFile
    fs.promises.readFile = async function (name, options) {
      const data = take(name)
      return data ? encoded(data, options) : promised.apply(this, arguments)
    }
  }

  compileFrom () {
    const load = Module._extensions['.js']
    const server = this
    Module._extensions['.js'] = function (module, filename) {
      const data = server.edited.get(realOf(filename))
      // A module of ES that imports it may have had node read the file already.
      if (!data || !/\.c?js$/.test(filename) || !isCommon(filename, data)) return load.apply(this, arguments)
      return module._compile(server.take(filename).toString('utf8').replace(/^\ufeff/, ''), filename)
    }
  }

  // Hooks of the main thread would come after those that others register for node's thread, and undo what they made.
  hook () {
    if (Module.register) {
      const { port1, port2 } = new MessageChannel()
      const data = { ...this.told(), port: port2, seen: this.seen, root: this.root && pathToFileURL(this.root).href }
      Module.register(pathToFileURL(path.join(__dirname, 'hooks.mjs')), { data, transferList: [port2] })
      port1.unref()
      this.port = port1
    } else if (Module.registerHooks) {
      Module.registerHooks({
        resolve: (name, context, next) => this.anew(next(name, context)),
        load: (url, context, next) => {
          const result = next(url, context)
          const data = result.format === 'commonjs' || result.source == null ? undefined : this.take(url)
          return data ? { ...result, source: Buffer.from(data) } : result
        }
      })
    }
  }

  anew (result) {
    const own = this.root && result.url.startsWith(pathToFileURL(this.root).href) && !result.url.includes('/node_modules/')
    return own ? { ...result, url: `${result.url}?swe-repair=${this.number}` } : result
  }
}

function encoded (data, options) {
  const encoding = typeof options === 'string' ? options : options && options.encoding
  return encoding && encoding !== 'buffer' ? data.toString(encoding) : Buffer.from(data)
}

// Whether a file is CommonJS for certain.
function isCommon (name, data) {
  const kind = path.extname(name)
  if (kind !== '.js') return kind === '.cjs'
  const type = typeOf(path.dirname(name))
  return type === 'commonjs' || (type !== 'module' && !SYNTAX_OF_MODULES.test(data.toString('utf8')))
}

const types = new Map()

// What the nearest package.json says.
function typeOf (folder) {
  if (!types.has(folder)) {
    let type
    try {
      type = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).type || ''
    } catch {
      type = folder === path.dirname(folder) ? '' : typeOf(path.dirname(folder))
    }
    types.set(folder, type)
  }
  return types.get(folder)
}

module.exports = { Server, isCommon }
