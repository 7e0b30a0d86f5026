import { z } from 'zod';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints as `***` everywhere; `reveal()` is called only where it goes on the wire or into a signature. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Never log, store or put it in an error. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect](): string {
    return '***';
  }
}

/** A zod field for a secret: a string in the configuration, best written `${ENV_NAME}` or `${file:/path}`. */
export const secretSchema = (description: string) =>
  z
    .string()
    .min(1)
    .describe(`${description} A secret: write it as \${ENV_NAME} or \${file:/path}.`)
    .transform((value) => new Secret(value));
