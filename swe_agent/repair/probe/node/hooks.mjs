// Serves edited texts to modules of ES; runs in a thread of node's loader. See serve.cjs.

import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

let edited = new Map()
let seen

export function initialize (data) {
  edited = new Map(data.edited.map(([name, at, text]) => [name, { at, text }]))
  seen = data.seen
}

export async function load (url, context, next) {
  const result = await next(url, context)
  const found = url.startsWith('file:') ? edited.get(realOf(url)) : undefined
  if (!found || result.format === 'commonjs' || result.source == null) return result
  Atomics.store(seen, found.at, 1)
  return { ...result, source: found.text }
}

function realOf (url) {
  try {
    return realpathSync(fileURLToPath(url.replace(/[?#].*$/, '')))
  } catch {
    return ''
  }
}
