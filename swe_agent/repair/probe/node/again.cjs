'use strict'
// Loaded into a process that runs the same tests again and again, each time with other edits: to load a project anew
// takes a twentieth of what it takes to start node. What tests leave behind in the process may spoil the next ones, so
// the unedited text is run between them (repeated.cjs), and what passes here is heard again with the whole suite.
//
// Modules of the project are forgotten before each time, those that are installed stay.

const fs = require('fs')
const net = require('net')
const { pathToFileURL } = require('url')
const { isMainThread } = require('worker_threads')
const { Server, isCommon } = require('./serve.cjs')
const { Tree, nameOfFile } = require('./tree.cjs')

const FD = 3

if (isMainThread && process.env.SWE_REPAIR_AGAIN) begin(JSON.parse(process.env.SWE_REPAIR_AGAIN))

function begin ({ runner, root, modules, main }) {
  delete process.env.SWE_REPAIR_AGAIN
  const tree = new Tree(root)
  const server = new Server(new Map(), modules ? tree.root : '')
  const forget = () => {
    for (const name of Object.keys(require.cache)) if (tree.relative(name)) delete require.cache[name]
  }
  const serve = run => requests(async ({ edited }, tell) => {
    await server.change(new Map(edited.map(([name, data]) => [name, Buffer.from(data, 'base64')])))
    forget()
    const outcomes = new Map()
    await run((test, outcome) => {
      if (outcomes.get(test) !== 'failed') outcomes.set(test, outcome)
    })
    tell({ outcomes: [...outcomes], served: server.served || !edited.length })
  })
  // Node's own runner has no program to wait for: loaders that `--import` names have come by when begin.cjs is run.
  if (runner === 'mocha') mochaAgain(serve, modules)
  else module.exports.begin = () => nodeAgain(serve, main)
}

// Lines of JSON, one after the other.
function requests (answer) {
  const socket = new net.Socket({ fd: FD, readable: true, writable: true })
  let rest = ''
  let last = Promise.resolve()
  socket.setEncoding('utf8').on('data', text => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      last = last.then(() => answer(JSON.parse(line), value => socket.write(JSON.stringify(value) + '\n')))
    }
  }).on('end', () => process.exit())
}

// Each time is a suite of its own, so that hooks of a file are those of its own tests. A test behind it ends it.
function nodeAgain (serve, main) {
  process.argv[1] = main
  const load = isCommon(main, fs.readFileSync(main)) ? () => require(main) : () => import(pathToFileURL(main).href)
  const file = nameOfFile(main)
  const test = require('node:test')
  const { listen } = require('./reporter.cjs')
  let number = 0
  let hear = () => {}
  let over = () => {}
  listen((name, outcome) => name === endOf(number) ? over() : hear(name, outcome))
  serve(outcome => new Promise(resolve => {
    number += 1
    hear = outcome
    over = resolve
    test.describe(nameOf(number), async () => {
      try {
        await load()
        outcome(file, 'passed')
      } catch {
        outcome(file, 'failed')
      }
    })
    test(endOf(number), () => {})
  }))
}

const nameOf = number => `swe-repair ${number}`
const endOf = number => `swe-repair ${number} is over`

function mochaAgain (serve, modules) {
  const { listen, onMocha } = require('./mocha.cjs')
  onMocha((Mocha, first) => {
    const { files, options } = first
    serve(async outcome => {
      const mocha = new Mocha({ ...options, reporter: class {}, bail: false })
      mocha.files = files
      mocha.lazyLoadFiles(true)
      // What is imported is kept by its address; where that tells no two times apart, it is required.
      if (modules) await mocha.loadFilesAsync()
      else mocha.loadFiles()
      await new Promise(resolve => listen(mocha.run(resolve), { outcome }))
      mocha.dispose()
    })
  })
}
