// Serves edited texts to modules of ES; runs in a thread of node's loader. See serve.cjs.

import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

let edited = new Map()
let number = 0
let root = ''
let seen

export function initialize (data) {
  ({ root, seen } = data)
  change(data)
  data.port.on('message', told => {
    change(told)
    data.port.postMessage('heard')
  })
  data.port.unref()
}

function change (told) {
  number = told.number
  edited = new Map(told.edited)
}

export async function resolve (name, context, next) {
  const result = await next(name, context)
  const own = root && result.url.startsWith(root) && !result.url.includes('/node_modules/')
  return own ? { ...result, url: `${result.url}?swe-repair=${number}` } : result
}

export async function load (url, context, next) {
  const result = await next(url, context)
  const text = url.startsWith('file:') && edited.size ? edited.get(realOf(url)) : undefined
  if (text === undefined || result.format === 'commonjs' || result.source == null) return result
  Atomics.store(seen, 0, 1)
  return { ...result, source: text }
}

function realOf (url) {
  try {
    return realpathSync(fileURLToPath(url.replace(/[?#].*$/, '')))
  } catch {
    return ''
  }
}
