const jobs = [];

function push(job) {
  const all = [...jobs, job];
  show("Loading...");
  jobs.push(...all);
}

function next() {
  return jobs.shift();
}

module.exports = { push, next };
