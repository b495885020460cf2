'use strict'
// The main program of a process that runs one file of node's tests again and again; see again.cjs.

require('./again.cjs').begin()
