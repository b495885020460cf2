const jobs = [];

function push(...more) {
  const previous = [...jobs];
  jobs.push(...more);
}

function next() {
  return jobs.shift();
}

module.exports = { push, next };
