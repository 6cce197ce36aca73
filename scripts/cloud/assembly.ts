/** Reads a synthesized cloud assembly from disk: the stacks' templates and where their assets are. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface Template {
  Resources: Record<string, { Type: string; Condition?: string; Properties?: Record<string, unknown> }>;
  Parameters?: Record<string, { Type: string; Default?: unknown; AllowedValues?: unknown[] }>;
  Outputs?: Record<string, { Value: unknown; Export?: { Name: unknown } }>;
}

export interface AssembledStack {
  name: string;
  template: Template;
  /** Folder or file of each asset, by its name in the asset bucket (`<hash>.zip`). */
  assets: ReadonlyMap<string, string>;
}

interface Manifest {
  artifacts: Record<
    string,
    { type: string; dependencies?: string[]; properties?: { templateFile?: string; stackName?: string } }
  >;
}

interface AssetsFile {
  files: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>;
}

/** The assembly's stacks, each after the ones it depends on. @throws Error when a file is missing or isn't JSON */
export function readAssembly(folder: string): AssembledStack[] {
  const { artifacts } = readJson<Manifest>(join(folder, 'manifest.json'));
  const sorted: string[] = [];
  const visit = (id: string): void => {
    if (sorted.includes(id)) return;
    for (const dependency of artifacts[id]?.dependencies ?? []) visit(dependency);
    sorted.push(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return sorted
    .filter((id) => artifacts[id]?.type === 'aws:cloudformation:stack')
    .map((id) => ({
      name: artifacts[id]!.properties?.stackName ?? id,
      template: readJson<Template>(join(folder, artifacts[id]!.properties!.templateFile!)),
      assets: readAssets(folder, `${id}.assets.json`),
    }));
}

function readAssets(folder: string, file: string): Map<string, string> {
  const { files } = readJson<AssetsFile>(join(folder, file));
  const assets = new Map<string, string>();
  for (const { source, destinations } of Object.values(files)) {
    if (source.path === undefined) continue;
    for (const { objectKey } of Object.values(destinations)) {
      assets.set(objectKey, resolve(folder, source.path));
    }
  }
  return assets;
}

function readJson<T>(path: string): T {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    throw new Error(`cloud assembly: ${path}: ${(error as Error).message}`, { cause: error });
  }
}
