'use strict'
// Which files are ours: those below the root, without what is installed there; and where an error was thrown in them.

const fs = require('fs')
const path = require('path')
const { fileURLToPath } = require('url')

const FOREIGN = new Set(['node_modules', '.git', '.venv', 'venv', '.yarn', '.pnpm-store'])
const MAX_FRAMES = 50
const MAX_MESSAGE = 500

class Tree {
  constructor (root) {
    this.root = fs.realpathSync(root)
    this.known = new Map()
  }

  // The path from the root, or '' of a file that is not ours. Takes paths and addresses of files.
  relative (name) {
    if (!this.known.has(name)) this.known.set(name, this.find(name))
    return this.known.get(name)
  }

  find (name) {
    const full = plainPath(name)
    if (!full) return ''
    let real
    try {
      real = fs.realpathSync(full)
    } catch {
      return ''
    }
    const below = path.relative(this.root, real)
    const parts = below.split(path.sep)
    if (!below || parts[0] === '..' || path.isAbsolute(below) || parts.some(part => FOREIGN.has(part))) return ''
    return parts.join('/')
  }

  // What is told of an error: its class, its message, and its frames of ours from the outermost on.
  failure (error) {
    const isError = error !== null && typeof error === 'object'
    const frames = []
    for (const line of String((isError && error.stack) || '').split('\n')) {
      const found = /^\s+at (?:(.*?) \()?((?:file:\/\/)?\/[^()]*?):(\d+):\d+\)?$/.exec(line)
      const below = found && this.relative(found[2])
      if (below) frames.push([below, Number(found[3]), found[1] || ''])
    }
    const name = isError ? String(error.name || (error.constructor && error.constructor.name) || '') : typeof error
    const message = isError ? error.message : error
    return { exception: name, message: String(message).slice(0, MAX_MESSAGE), frames: frames.slice(0, MAX_FRAMES).reverse() }
  }
}

// `file:///a/b.mjs?x=1` as `/a/b.mjs`; '' for what is no file.
function plainPath (name) {
  if (name.startsWith('file:')) {
    try {
      return fileURLToPath(name.replace(/[?#].*$/, ''))
    } catch {
      return ''
    }
  }
  return path.isAbsolute(name) ? name : ''
}

// The real path of what a name or an address leads to; '' where there is nothing, and of what is no name.
function realOf (name) {
  const text = name instanceof URL ? name.href : name
  if (typeof text !== 'string') return ''
  try {
    return fs.realpathSync(text.startsWith('file:') ? plainPath(text) : path.resolve(text))
  } catch {
    return ''
  }
}

// As node's runner calls a file of which it has heard of no test.
function nameOfFile (main) {
  return Number(process.versions.node.split('.')[0]) >= 22 ? path.relative(process.cwd(), main) : main
}

module.exports = { Tree, nameOfFile, plainPath, realOf }
