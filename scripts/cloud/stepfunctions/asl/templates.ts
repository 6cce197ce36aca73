/** Payload templates: JSON in which a field whose name ends in `.$` has a path or a function as its value. */
import { type Data, evaluate, parseExpression } from './expressions.ts';
import { Mistake } from './failure.ts';

/** @throws Mistake naming the field whose path leads nowhere, or whose function fails */
export function fill(template: unknown, data: Data): unknown {
  if (Array.isArray(template)) return template.map((item) => fill(item, data));
  if (typeof template !== 'object' || template === null) return template;
  const filled: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(template)) {
    if (field.endsWith('.$')) filled[field.slice(0, -2)] = resolved(field, String(value), data);
    else filled[field] = fill(value, data);
  }
  return filled;
}

/** The value of a field that is a path or a function: of a template's, or of ErrorPath. */
export function resolved(field: string, text: string, data: Data): unknown {
  const expression = parseExpression(text);
  try {
    return evaluate(expression, data);
  } catch (error) {
    if (!(error instanceof Mistake) || expression.kind !== 'path') throw error;
    const input = JSON.stringify(data(expression.path.isContext));
    throw new Mistake(
      `The JSONPath '${text}' specified for the field '${field}' could not be found in the input '${input}'`,
    );
  }
}

/** Every expression of a template, with the name of its field. */
export function* expressionsOf(template: unknown): Generator<[string, unknown]> {
  if (typeof template !== 'object' || template === null) return;
  for (const [field, value] of Object.entries(template)) {
    if (field.endsWith('.$')) yield [field, value];
    else yield* expressionsOf(value);
  }
}
