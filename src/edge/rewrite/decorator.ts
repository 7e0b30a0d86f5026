/** A link or form that leads to another origin than the page's own. */
export interface LinkTarget {
  readonly tag: 'a' | 'area' | 'form';
  /** Absolute: resolved against the page's base. http or https. */
  readonly url: URL;
  /** `get` for links; a form that only closes a dialog is never asked about. */
  readonly method: 'get' | 'post';
}

/** What a link or form is to carry along. */
export interface Decoration {
  /** Names and values as they are meant, in order; they are encoded where they are written. */
  readonly parameters: readonly (readonly [name: string, value: string])[];
}

/** Decides for each link and form of one page what it carries along; null: it stays as it is. Pure and quick. */
export type LinkDecorator = (target: LinkTarget) => Decoration | null;
