/** The most parameters of one hit or one event, and the most entries of any one object or array in it. */
export const maxParameters = 1_000;

/** The most events of one hit; further ones are rejected, the first ones kept. */
export const maxEvents = 500;

/** How deep JSON may nest: far above any tracker, far below what would exhaust the stack. */
export const maxDepth = 32;

/** The most characters of JSON that a batch may share among its events, so that one hit cannot be multiplied. */
export const maxSharedCharacters = 16_384;

/** The longest event name, event id or id of a visitor, in characters. */
export const maxNameCharacters = 256;

/** The longest consent statement that is passed on whole, in characters of JSON. */
export const maxConsentCharacters = 4_096;

/** The longest value of a parameter that is kept raw, in characters. */
export const maxRawCharacters = 1_024;
