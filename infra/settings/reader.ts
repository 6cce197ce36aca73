/** How settings are read: by name, with errors that say what is allowed. */
import type { App } from 'aws-cdk-lib';

/** What docs/deploy.md shows of a setting. */
export interface Setting {
  /** A value. */
  example: string;
  meaning: string;
  /** What holds without it. */
  otherwise: string;
}

/** A setting is wrong, or there is none of its name; the message says what is allowed. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
}

/** The values that were given to settings of these names. */
export class Given<Name extends string> {
  readonly #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /** As text; undefined for one that was not given, or is empty. */
  text(key: Name): string | undefined {
    const value: unknown = this.#app.node.tryGetContext(key);
    if (value === undefined || value === '') return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  /** @throws SettingError naming the setting, its value and what is allowed */
  refuse(key: Name, allowed: string): never {
    throw new SettingError(`-c ${key}=${this.text(key) ?? ''}: expected ${allowed}`);
  }

  /** One of a few words; the first of them holds where none is given. */
  word<Word extends string>(key: Name, words: readonly [Word, ...Word[]]): Word {
    const given = this.text(key) ?? words[0];
    const last = words.length - 1;
    return (
      words.find((word) => word === given) ??
      this.refuse(key, `${words.slice(0, last).join(', ')} or ${words[last]}`)
    );
  }

  /** @param what is counted, for the error */
  whole<Default extends number | undefined>(
    key: Name,
    range: { least: number; most: number; default: Default },
    what: string,
  ): number | Default {
    const { least, most } = range;
    const text = this.text(key);
    if (text === undefined) return range.default;
    const isAllowed = Number.isInteger(Number(text)) && Number(text) >= least && Number(text) <= most;
    return isAllowed ? Number(text) : this.refuse(key, `a whole number of ${what} from ${least} to ${most}`);
  }

  /** Text of a form, where it is given. @param what it is, for the error */
  matching(key: Name, form: RegExp, what: string): string | undefined {
    const text = this.text(key);
    return text === undefined || form.test(text) ? text : this.refuse(key, what);
  }
}
