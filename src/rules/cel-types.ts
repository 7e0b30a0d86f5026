import type { Environment } from '@marcbachmann/cel-js';
import type { ObjectShape, Shape } from './shape.ts';

/**
 * Registers the event's shape with the type checker and returns its type's name. Numbers and open maps stay dynamic:
 * CEL would refuse `event.commerce.value == 42`, a double against an int.
 */
export function registerShape(environment: Environment, shape: ObjectShape, name: string): string {
  const fields = [...shape.fields].map(
    ([key, field]) => [key, typeName(environment, field.shape, `${name}.${key}`)] as const,
  );
  environment.registerType(name, { fields: Object.fromEntries(fields) });
  return name;
}

function typeName(environment: Environment, shape: Shape, name: string): string {
  if (shape.kind === 'object') return registerShape(environment, shape, name);
  if (shape.kind === 'list') return `list<${typeName(environment, shape.of, `${name}.item`)}>`;
  if (shape.kind === 'text') return 'string';
  if (shape.kind === 'boolean') return 'bool';
  return shape.kind === 'record' ? 'map' : 'dyn';
}
