const jobs = [];

function push(job) {
  jobs.push(job);
}

function next() {
  return jobs.pop();
}

module.exports = { push, next };
