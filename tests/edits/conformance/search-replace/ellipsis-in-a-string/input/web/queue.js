const jobs = [];

function push(job) {
  jobs.push(job);
}

function next() {
  return jobs.shift();
}

module.exports = { push, next };
