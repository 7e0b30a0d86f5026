import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';

/** The losses of a decision as a person reads them, and the hops on which they happened. */
export function lossLines(facts: JsonObject | undefined): readonly string[] {
  if (facts === undefined) return [];
  const release = typeof facts.release === 'string' ? [`release ${facts.release}`] : [];
  return [...linesOf(facts.losses), ...hopLines(facts.hops), ...release];
}

function linesOf(losses: Json | undefined): readonly string[] {
  if (!Array.isArray(losses)) return [];
  return losses.flatMap((loss: Json): readonly string[] => {
    if (!isJsonObject(loss) || !Array.isArray(loss.parameters)) return [];
    const names = loss.parameters.map(String).join(', ');
    const fate = loss.outcome === 'repaired' ? 'dropped and given back' : 'lost';
    return [`${names}: ${fate} at ${loss.hop}`, `${loss.cause}, most likely by ${loss.culprit}`];
  });
}

function hopLines(hops: Json | undefined): readonly string[] {
  if (!Array.isArray(hops)) return [];
  return hops.flatMap((hop: Json): readonly string[] => {
    if (!isJsonObject(hop)) return [];
    const added = namesOf(hop.added) === '' ? '' : `, given back ${namesOf(hop.added)}`;
    const [came, went] = [namesOf(hop.came) || 'nothing', namesOf(hop.went) || 'nothing'];
    return [`${hop.page} answered ${hop.status}: came ${came}, went on ${went}${added}`];
  });
}

function namesOf(names: Json | undefined): string {
  return Array.isArray(names) ? names.map(String).join(', ') : '';
}
