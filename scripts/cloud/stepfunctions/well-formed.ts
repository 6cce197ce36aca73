/**
 * Whether a definition is a state machine by the interpreter's own validator. That takes a third of a second, most of it
 * for compiling the same schema, so a definition is checked once on this machine and then known by its SHA-256.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { StateMachine } from 'aws-local-stepfunctions';

const KNOWN = join(import.meta.dirname, '../../../node_modules/.cache/stepnet-definitions');
interface Compiler {
  addKeyword: () => unknown;
}
/** As the validator of the interpreter has it. */
const validator = createRequire(createRequire(import.meta.url).resolve('aws-local-stepfunctions'));
const ajv = createRequire(validator.resolve('asl-validator'))('ajv') as {
  default: new (options: object) => Compiler;
};
const { version } = validator('asl-validator/package.json') as { version: string };

/** @throws Error saying why it is no state machine */
export function assertWellFormed(definition: object): void {
  const text = JSON.stringify(definition);
  const known = join(KNOWN, createHash('sha256').update(`${version}\n${text}`).digest('hex'));
  if (existsSync(known)) return;
  // Which resources may stand in it is checked elsewhere. The validator writes into what it gets.
  compiledOnce(() => new StateMachine(JSON.parse(text), { validationOptions: { checkArn: false } }));
  try {
    mkdirSync(KNOWN, { recursive: true });
    writeFileSync(known, '');
  } catch (error) {
    // It is checked again where nothing can be kept.
    if (!['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

let made: Compiler | undefined;

/** The validator makes a compiler of its schema for each definition; during `work` it gets the one that it made first. */
function compiledOnce(work: () => unknown): void {
  const { default: Ajv } = ajv;
  ajv.default = function once(options: object) {
    // Its keywords are there, and may not be added twice.
    if (made !== undefined) made.addKeyword = () => undefined;
    made ??= new Ajv(options);
    return made;
  } as unknown as typeof Ajv;
  try {
    work();
  } finally {
    ajv.default = Ajv;
  }
}
