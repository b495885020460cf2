const jobs = [];

function push(job) {
  jobs.push(job);
}

function next() {
  const job = jobs.shift();
  return job;
}

module.exports = { push, next };
