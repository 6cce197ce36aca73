/** What a field of a JSON schema may be, in words. */

type Bound = 'minimum' | 'maximum' | 'exclusiveMinimum' | 'exclusiveMaximum' | 'minItems' | 'maxItems';

/** The part of JSON Schema that zod makes of our configs. */
export interface JsonSchema extends Partial<Record<Bound, number>> {
  type?: string;
  const?: unknown;
  default?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  items?: JsonSchema;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  pattern?: string;
}

const shown = (value: number) => value.toLocaleString('en-US');
const code = (value: unknown) => `\`${JSON.stringify(value)}\``;

/** @throws Error for a schema that it has no words for */
export function describeAllowed(schema: JsonSchema): string {
  const { type, enum: values, items, properties, pattern } = schema;
  const ways = schema.anyOf ?? schema.oneOf;
  if (ways !== undefined) return ways.map(describeAllowed).join('<br>or ');
  if (schema.const !== undefined) return code(schema.const);
  if (values !== undefined) return values.map(code).join(', ');
  if (type === 'boolean') return '`true`, `false`';
  if (type === 'integer' || type === 'number') return describeNumber(schema);
  if (type === 'string' && pattern !== undefined) return `text that matches \`${pattern}\``;
  if (type === 'array' && items?.anyOf !== undefined) {
    const units = describeAllowed(items.anyOf.find((one) => one.type === 'integer')!);
    return `${schema.minItems}–${schema.maxItems} layers: ${units}, or one [of pictures](#networks-of-pictures)`;
  }
  if (type === 'array' && items !== undefined) {
    return `${schema.minItems}–${schema.maxItems} numbers: each ${describeAllowed(items)}`;
  }
  if (type === 'object' && properties !== undefined) {
    return Object.entries(properties)
      .map(([name, value]) => {
        const otherwise = value.default === undefined ? '' : `, ${code(value.default)} when left out`;
        const optional = schema.required?.includes(name) ? '' : ` (optional${otherwise})`;
        return `\`${name}\`${optional} ${describeAllowed(value)}`;
      })
      .join('; ');
  }
  throw new Error(`no words for the schema ${JSON.stringify(schema)}`);
}

function describeNumber({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  if (type === 'integer' && minimum !== undefined && maximum !== undefined) {
    return `a whole number, ${shown(minimum)} to ${shown(maximum)}`;
  }
  const least =
    exclusiveMinimum === undefined
      ? `${shown(minimum ?? Number.NaN)} or more`
      : `above ${shown(exclusiveMinimum)}`;
  const most =
    exclusiveMaximum === undefined
      ? `at most ${shown(maximum ?? Number.NaN)}`
      : `below ${shown(exclusiveMaximum)}`;
  const text = `${least}, ${most}`;
  if (text.includes('NaN')) throw new Error('a number without bounds');
  return text;
}
