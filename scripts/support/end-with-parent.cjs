/**
 * Run as a worker thread: ends its process once the one that started it is gone, however that one ended, and whatever the
 * main thread is busy with. An orphan would go on writing into a folder that the next start already uses.
 *
 * workerData: `parent`, the process's parent as the main thread found it, since it may be gone before this thread runs;
 * `command`, the pid of the command that all this is for, when that is not the parent itself.
 */
const {
  workerData: { parent, command },
} = require('node:worker_threads');

const POLL_MS = 200;

setInterval(() => {
  if (process.ppid !== parent || (command !== undefined && !isThere(command))) {
    process.kill(process.pid, 'SIGKILL');
  }
}, POLL_MS);

function isThere(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return error.code === 'EPERM';
  }
}
