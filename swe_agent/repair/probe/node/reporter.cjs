'use strict'
// A reporter for node's own test runner that only passes on what it hears.

const listeners = []

module.exports = async function * (source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    const details = data.details || {}
    // Suites are no tests: what they say, their tests have said.
    if (details.type === 'suite') continue
    const outcome = skipped(data) ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
    // The error that a test threw is behind the one that says that a test failed.
    const error = details.error && details.error.cause !== undefined ? details.error.cause : details.error
    for (const listener of listeners) listener(data.name, outcome, error)
  }
}

function skipped (data) {
  return [data.skip, data.todo].some(said => said !== undefined && said !== false)
}

// Node takes the reporter from a module of ES, which shows this as a name of it.
module.exports.listen = listener => listeners.push(listener)
