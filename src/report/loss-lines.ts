import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';

/** The losses of a decision as a person reads them, a line each. */
export function lossLines(facts: JsonObject | undefined): readonly string[] {
  if (facts === undefined || !Array.isArray(facts.losses)) return [];
  return facts.losses.flatMap((loss: Json): readonly string[] => {
    if (!isJsonObject(loss) || !Array.isArray(loss.parameters)) return [];
    const names = loss.parameters.map(String).join(', ');
    const fate = loss.outcome === 'repaired' ? 'dropped and given back' : 'lost';
    return [`${names}: ${fate} at ${loss.hop}`, `${loss.cause}, most likely by ${loss.culprit}`];
  });
}
