let names: Intl.DisplayNames | undefined;

/** The English name of a country by its ISO 3166-1 code, as analytics tools show it; undefined where it is none. */
export function countryName(code: string | undefined): string | undefined {
  if (code === undefined || !/^[A-Z]{2}$/.test(code)) return undefined;
  names ??= new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  return names.of(code);
}
