#!/usr/bin/env node
throw new Error(
  'node-gyp, which compiles native parts of packages, is left out of this project: take it out of package.json and run npm install',
);
