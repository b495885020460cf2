const jobs = [];

function push(job) {
  jobs.push(job);
}

function next() {
  show("Loading...");
  return jobs.shift();
}

module.exports = { push, next };
