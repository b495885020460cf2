const jobs = [];

function push(job) {
  previous = [...jobs];
  jobs.push(job);
}

function next() {
  return jobs.shift();
}

module.exports = { push, next };
