'use strict'
// Has this process see edited texts in the place of some files, whoever loads them; nothing is written.
//
// CommonJS is compiled from the edited text; what compiles for itself (ts-node, Babel, tsx) reads it from `fs`; modules
// of ES come through a hook of node's loader, from 18.19 and 20.6 on.

const fs = require('fs')
const Module = require('module')
const path = require('path')
const { pathToFileURL } = require('url')
const { plainPath } = require('./tree.cjs')

const SYNTAX_OF_MODULES = /^\s*(?:import[\s{*"']|export[\s{*])/m

// `edited` maps real paths to bytes. Gives a function that says whether any of them has been asked for.
function serve (edited) {
  const places = new Map([...edited.keys()].map((name, at) => [name, at]))
  const seen = new Int32Array(new SharedArrayBuffer(4 * Math.max(1, edited.size)))
  const take = name => {
    const real = realOf(name)
    if (!places.has(real)) return undefined
    Atomics.store(seen, places.get(real), 1)
    return edited.get(real)
  }
  readFrom(take)
  compileFrom(edited, take)
  const others = new Map([...edited].filter(([name, data]) => !isCommon(name, data)))
  if (others.size) hook(others, places, seen, take)
  return () => [...places.values()].some(at => Atomics.load(seen, at))
}

function realOf (name) {
  const full = typeof name === 'string' ? plainPath(path.isAbsolute(name) || name.startsWith('file:') ? name : path.resolve(name)) : name instanceof URL ? plainPath(name.href) : ''
  try {
    return full && fs.realpathSync(full)
  } catch {
    return ''
  }
}

function readFrom (take) {
  const encoded = (data, options) => {
    const encoding = typeof options === 'string' ? options : options && options.encoding
    return encoding && encoding !== 'buffer' ? data.toString(encoding) : Buffer.from(data)
  }
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

function compileFrom (edited, take) {
  const load = Module._extensions['.js']
  Module._extensions['.js'] = function (module, filename) {
    const real = realOf(filename)
    // A module of ES that imports it may have had node read the file already.
    if (!edited.has(real) || !isCommon(real, edited.get(real)) || !/\.c?js$/.test(real)) return load.apply(this, arguments)
    return module._compile(take(real).toString('utf8').replace(/^\ufeff/, ''), filename)
  }
}

function hook (others, places, seen, take) {
  if (Module.registerHooks) {
    Module.registerHooks({
      load (url, context, next) {
        const result = next(url, context)
        const data = result.format === 'commonjs' || result.source == null ? undefined : take(url)
        return data ? { ...result, source: Buffer.from(data) } : result
      }
    })
  } else if (Module.register) {
    const data = { seen, edited: [...others].map(([name, text]) => [name, places.get(name), text.toString('utf8')]) }
    Module.register(pathToFileURL(path.join(__dirname, 'hooks.mjs')), { data })
  }
}

// Whether a file is CommonJS for certain.
function isCommon (name, data) {
  const kind = path.extname(name)
  if (kind === '.cjs') return true
  if (kind !== '.js') return false
  for (let at = path.dirname(name); ; at = path.dirname(at)) {
    try {
      const { type } = JSON.parse(fs.readFileSync(path.join(at, 'package.json'), 'utf8'))
      return type === 'commonjs' || (type !== 'module' && !SYNTAX_OF_MODULES.test(data.toString('utf8')))
    } catch {
      if (at === path.dirname(at)) return !SYNTAX_OF_MODULES.test(data.toString('utf8'))
    }
  }
}

module.exports = { serve }
