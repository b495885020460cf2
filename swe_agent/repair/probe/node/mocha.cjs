'use strict'
// Listens to mocha by the events of its runner, which its reporters live on too.

const Module = require('module')

// `attach` is handed each runner before it begins.
function onRunner (attach) {
  onLoaded(/[\\/]mocha[\\/]lib[\\/]runner\.js$/, Runner => {
    const { run } = Runner.prototype
    Runner.prototype.run = function () {
      // All tests, whatever the first one that fails.
      this.suite.bail(false)
      attach(this)
      return run.apply(this, arguments)
    }
  })
}

// `take` is handed what makes a run and the first of them, which is then not begun.
function onMocha (take) {
  onLoaded(/[\\/]mocha[\\/]lib[\\/]mocha\.js$/, Mocha => {
    const { run } = Mocha.prototype
    Mocha.prototype.run = function () {
      Mocha.prototype.run = run
      take(Mocha, this)
    }
  })
}

function onLoaded (name, change) {
  const load = Module._extensions['.js']
  Module._extensions['.js'] = function (module, filename) {
    load.apply(this, arguments)
    if (name.test(filename)) change(module.exports)
  }
}

function listen (runner, { begin = () => {}, end = () => {}, outcome }) {
  runner.on('test', test => begin(test.title))
  runner.on('test end', test => end(test.title))
  runner.on('pass', test => outcome(test.title, 'passed'))
  runner.on('fail', (test, error) => outcome(test.title, 'failed', error))
  runner.on('pending', test => outcome(test.title, 'skipped'))
}

// Leaves no other tests than these.
function only (suite, titles) {
  suite.tests = suite.tests.filter(test => titles.has(test.title))
  for (const below of suite.suites) only(below, titles)
}

module.exports = { listen, only, onMocha, onRunner }
