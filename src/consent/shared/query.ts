/** The value of a parameter, given with its `=`; `''` when absent. Different values of one parameter come back joined, so that none is believed. */
export function queryValue(query: string, name: string): string {
  let found = '';
  let at = query.indexOf(name);
  while (at >= 0) {
    if (at === 0 || query[at - 1] === '&') {
      const end = query.indexOf('&', at);
      const value = decode(query.slice(at + name.length, end < 0 ? query.length : end));
      if (found !== '' && value !== found) return `${found},${value}`;
      found = value;
    }
    at = query.indexOf(name, at + name.length);
  }
  return found;
}

function decode(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
