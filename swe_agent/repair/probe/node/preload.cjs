'use strict'
// Loaded into every process of node that a recorded run starts:
//
//     NODE_OPTIONS="--require <this file>" npm test
//
// The outermost process gathers what the others leave in a folder of its own, and prints it as one line at its end.
// A process that runs tests is recorded; the others are left alone.

const fs = require('fs')
const os = require('os')
const path = require('path')
const zlib = require('zlib')
const { spawnSync } = require('child_process')
const { isMainThread } = require('worker_threads')
const { Tree, nameOfFile, realOf } = require('./tree.cjs')

const MARK_SPECTRUM = 'swe-repair-spectrum:'
const MAX_ENTRIES = 2000000
const REPORTER = path.join(__dirname, 'reporter.cjs')
// Of the environment, what says how a process was started and not what it is to do.
const PASSING = /^(npm_|SWE_REPAIR_|NODE_TEST_|(NODE_OPTIONS|NODE_UNIQUE_ID|_|INIT_CWD|OLDPWD|PWD|SHLVL)$)/
const OTHERS = /[\\/]node_modules[\\/](?:\.bin[\\/])?(jest|jest-cli|vitest|ava|tap|tape|jasmine|uvu|karma)(?:[\\/]|$)/

if (isMainThread) {
  const { env } = process
  if (!env.SWE_REPAIR_FOLDER) outermost(env)
  if (env.SWE_REPAIR_TRACED) traced()
  else if (isTestProcess()) retrace()
  else watch()
}

function outermost (env) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'swe-repair-'))
  Object.assign(env, { SWE_REPAIR_FOLDER: folder, SWE_REPAIR_ROOT: process.cwd() })
  env.SWE_REPAIR_BEFORE = JSON.stringify(env)
  process.on('exit', () => {
    const line = `\n${MARK_SPECTRUM}${zlib.deflateSync(JSON.stringify(gathered(folder))).toString('base64')}\n`
    fs.rmSync(folder, { recursive: true, force: true })
    let data = Buffer.from(line)
    while (data.length) {
      try {
        data = data.subarray(fs.writeSync(1, data))
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error
      }
    }
  })
}

function gathered (folder) {
  const files = fs.readdirSync(folder).sort().map(name => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8')))
  let entries = 0
  let truncated = false
  for (const one of files.flatMap(file => file.cases || [])) {
    for (const flat of Object.values(one.lines)) {
      for (let i = 0; i < flat.length; i += 2) entries += flat[i + 1] - flat[i] + 1
    }
    if (one.outcome === 'passed' && entries > MAX_ENTRIES) {
      one.lines = {}
      truncated = true
    }
  }
  return {
    processes: files.filter(file => file.cases),
    others: [...new Set(files.flatMap(file => file.other || []))],
    truncated
  }
}

function leave (folder, value) {
  fs.writeFileSync(path.join(folder, `${String(process.pid).padStart(10, '0')}.json`), JSON.stringify(value))
}

// A file of tests of node's own runner, whether the runner started it or it was started by hand.
function isTestProcess () {
  const main = process.argv[1]
  if (!main || process.execArgv.includes('--test')) return false
  if (String(process.env.NODE_TEST_CONTEXT).startsWith('child')) return true
  try {
    return new Tree(process.env.SWE_REPAIR_ROOT).relative(main) && /['"]node:test['"]/.test(fs.readFileSync(main, 'utf8'))
  } catch {
    return false
  }
}

// Once more, by itself, with a reporter of ours; then this process is done.
function retrace () {
  const env = { ...process.env, SWE_REPAIR_TRACED: '1' }
  delete env.NODE_TEST_CONTEXT
  const flags = process.execArgv.filter(flag => !/^--(experimental-)?test-(coverage|reporter|isolation)/.test(flag))
  const reporting = ['--test-reporter', REPORTER, '--test-reporter-destination', 'stdout']
  const ran = spawnSync(process.execPath, [...flags, ...reporting, ...process.argv.slice(1)], { env, stdio: 'ignore' })
  process.exit(ran.status === null ? 1 : ran.status)
}

function traced () {
  const flags = process.execArgv.filter((flag, at, all) => ![flag, all[at - 1]].some(one => /^--test-reporter/.test(one)))
  const { recorder, write } = recording('node', flags)
  const test = require('node:test')
  require('./reporter.cjs').listen((...said) => recorder.outcome(...said))
  test.beforeEach(context => recorder.begin(context.name))
  test.afterEach(context => recorder.end(context.name))
  const crashed = error => {
    if (recorder.told().some(one => one.outcome === 'failed')) return
    const id = nameOfFile(process.argv[1])
    recorder.case(id).lines = recorder.take()
    recorder.outcome(id, 'failed', error)
    write()
  }
  // Node ends here, without a word to whoever waits for its exit, where a file throws before its first test.
  process.on('uncaughtExceptionMonitor', crashed)
  process.on('exit', status => {
    if (status) crashed(new Error('the file could not be run'))
    write()
  })
}

// Of the runners that are known by what they load.
function watch () {
  const other = OTHERS.exec(realOf(process.argv[1] || ''))
  if (other) leave(process.env.SWE_REPAIR_FOLDER, { other: [other[1].replace('-cli', '')] })
  const { listen, onRunner } = require('./mocha.cjs')
  onRunner(runner => {
    const { recorder, write } = recording('mocha', process.execArgv)
    listen(runner, {
      begin: id => recorder.begin(id),
      end: id => recorder.end(id),
      outcome: (...said) => recorder.outcome(...said)
    })
    runner.on('end', write)
  })
}

function recording (runner, flags) {
  const { env } = process
  const root = env.SWE_REPAIR_ROOT
  const before = JSON.parse(env.SWE_REPAIR_BEFORE)
  const folder = env.SWE_REPAIR_FOLDER
  restore(env)
  const { Recorder } = require('./recorder.cjs')
  const recorder = new Recorder(new Tree(root))
  const own = Object.entries(env).filter(([name, value]) => before[name] !== value && !PASSING.test(name))
  const launch = {
    runner,
    program: process.execPath,
    flags: flags.filter(flag => !flag.includes(__filename) && !flag.startsWith('--inspect')),
    arguments: process.argv.slice(1),
    folder: path.relative(root, process.cwd()),
    environment: Object.fromEntries(own)
  }
  const write = () => leave(folder, { launch, cases: recorder.told(), unread: [...recorder.unread] })
  return { recorder, write }
}

// Programs that a test starts are none of ours.
function restore (env) {
  for (const name of Object.keys(env)) if (name.startsWith('SWE_REPAIR_')) delete env[name]
  delete env.NODE_TEST_CONTEXT
  env.NODE_OPTIONS = (env.NODE_OPTIONS || '').replace(`--require=${JSON.stringify(__filename)}`, '').replace(`--require=${__filename}`, '').trim()
  if (!env.NODE_OPTIONS) delete env.NODE_OPTIONS
}
