/**
 * Stands in for the native HTTP client of aws-lambda-ric, which would have to be compiled at install time: the same
 * three calls on Node's own http. `done` and `error` return at once, as the native ones do; `next` waits for them.
 */
'use strict';
const http = require('node:http');
const { flushCompileCache } = require('node:module');

const [hostname, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let posted = Promise.resolve();
/** When the function is loaded; its process will be killed, and Node writes what it compiled only at an orderly end. */
let isLoaded = false;

function call(method, path, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}`, headers },
      (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ bodyJson: Buffer.concat(chunks).toString('utf8'), headers: response.headers }),
        );
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

module.exports = {
  async next() {
    await posted;
    const event = call('GET', 'next');
    if (!isLoaded) flushCompileCache();
    isLoaded = true;
    return event;
  },
  done(id, body) {
    posted = call('POST', `${id}/response`, body);
  },
  error(id, body) {
    posted = call('POST', `${id}/error`, body);
  },
};
