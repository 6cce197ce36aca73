/** Intrinsic functions as they are written: `States.Format('{} of {}', $.a, States.UUID())`. */
import { Mistake } from './failure.ts';
import { INTRINSICS } from './intrinsics.ts';
import { follow, type Path, parsePath } from './paths.ts';

export type Expression =
  | { kind: 'path'; path: Path }
  | { kind: 'literal'; value: unknown }
  | { kind: 'call'; text: string; name: string; args: readonly Expression[] };

/** What paths go into: the context object, or the state's data. */
export type Data = (isContext: boolean) => unknown;

const parsed = new Map<string, Expression>();
const NAME = /States\.(\w+)\(/y;
const LITERAL = /(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|true|false|null/y;
const PATH = /\$(?:\[[^\]]*\]|[^\s,()[\]])*/y;
const STRING = /'((?:[^'\\]|\\.)*)'/sy;
const SPACE = /\s*/y;

/** @throws Mistake when it is neither a path nor a function that is known */
export function parseExpression(text: string): Expression {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const expression = text.startsWith('$')
    ? { kind: 'path' as const, path: parsePath(text) }
    : parseCall(text);
  parsed.set(text, expression);
  return expression;
}

function parseCall(text: string): Expression {
  const reader = new Reader(text);
  const call = reader.call();
  if (call === undefined || reader.at !== text.length) {
    throw new Mistake(`${JSON.stringify(text)} is neither a path nor an intrinsic function`);
  }
  return call;
}

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  call(): Expression | undefined {
    const begin = this.at;
    const name = this.#take(NAME)?.[1];
    if (name === undefined) return undefined;
    if (!Object.hasOwn(INTRINSICS, name)) throw new Mistake(`States.${name} is no intrinsic function`);
    const args: Expression[] = [];
    this.#take(SPACE);
    while (this.#text[this.at] !== ')') {
      if (args.length > 0 && this.#text[this.at++] !== ',') throw this.#unreadable();
      this.#take(SPACE);
      args.push(this.#argument(name, args.length));
      this.#take(SPACE);
    }
    this.at++;
    const { least, most } = INTRINSICS[name]!;
    if (args.length < least || args.length > most) {
      throw new Mistake(`States.${name} takes ${least === most ? least : `${least} to ${most}`} arguments`);
    }
    return { kind: 'call', text: this.#text.slice(begin, this.at), name, args };
  }

  #argument(fn: string, index: number): Expression {
    const string = this.#take(STRING);
    // A template's braces may be escaped, which is the function's to read.
    if (string !== undefined) {
      const isTemplate = fn === 'Format' && index === 0;
      return { kind: 'literal', value: unescaped(string[1]!, isTemplate) };
    }
    const path = this.#take(PATH);
    if (path !== undefined) return { kind: 'path', path: parsePath(path[0]) };
    const call = this.call();
    if (call !== undefined) return call;
    const literal = this.#take(LITERAL);
    if (literal === undefined) throw this.#unreadable();
    return { kind: 'literal', value: JSON.parse(literal[0]) };
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.at = pattern.lastIndex;
    return match;
  }

  #unreadable(): Mistake {
    return new Mistake(`${JSON.stringify(this.#text)} can't be read from character ${this.at} on`);
  }
}

/** A backslash may stand before a quote, a brace or a backslash. */
function unescaped(raw: string, keepsBraces: boolean): string {
  return raw.replace(/\\(.)/gs, (found, character: string) => {
    if (!"'{}\\".includes(character)) throw new Mistake(`${JSON.stringify(found)} is no escape of a literal`);
    return keepsBraces && character !== "'" ? found : character;
  });
}

/** @throws Mistake when a path leads nowhere, or a function can't do with what it gets */
export function evaluate(expression: Expression, data: Data): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return follow(expression.path, data(expression.path.isContext));
    case 'call': {
      const { name, args, text } = expression;
      const values = args.map((arg) => evaluate(arg, data));
      try {
        return INTRINSICS[name]!.run(values);
      } catch (error) {
        if (!(error instanceof Mistake)) throw error;
        throw new Mistake(
          `The function '${text}' had the following error: ${error.message}`,
          'States.IntrinsicFailure',
        );
      }
    }
  }
}
