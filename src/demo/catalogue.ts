import type { Item } from '../model/event.ts';

/** ISO 4217; every price of the shop is in it. */
export const currency = 'EUR';

/** Something the shop sells. */
export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly line: string;
  readonly description: string;
  readonly priceCents: number;
  /** The price before the sale; absent: not on sale. */
  readonly beforeSaleCents?: number;
}

/** Everything the shop sells, in the order it is shown. */
export const products: readonly Product[] = [
  {
    id: 'tide-lamp',
    name: 'Tide lamp',
    category: 'Lamps',
    line: 'A brass reading lamp that leans where you need it.',
    description:
      'Solid brass on a weighted base. The arm holds any angle without a screw, and the shade keeps the light on the page and out of your eyes.',
    priceCents: 5900,
    beforeSaleCents: 7900,
  },
  {
    id: 'harbour-lantern',
    name: 'Harbour lantern',
    category: 'Lamps',
    line: 'Twelve hours of warm light, indoors or out.',
    description:
      'A rechargeable lantern with a storm-proof glass. One dial, no app. It charges over USB-C and remembers how bright you left it.',
    priceCents: 4200,
    beforeSaleCents: 4900,
  },
  {
    id: 'fog-mug',
    name: 'Fog mug',
    category: 'Table',
    line: 'Stoneware with a thumb rest and a generous inside.',
    description:
      'Thrown by hand and glazed in the grey of a morning on the quay. Holds 350 ml and survives the dishwasher.',
    priceCents: 1850,
  },
  {
    id: 'drift-blanket',
    name: 'Drift blanket',
    category: 'Textiles',
    line: 'Undyed wool, wide enough for two.',
    description:
      'Woven from undyed wool in a plain twill, 140 by 200 cm. It gets softer each winter and never needs ironing.',
    priceCents: 8900,
    beforeSaleCents: 11900,
  },
  {
    id: 'ember-candle',
    name: 'Ember candle',
    category: 'Table',
    line: 'Rapeseed wax, forty hours, no perfume.',
    description:
      'A quiet candle: rapeseed wax and a cotton wick in a jar that becomes a drinking glass when it is empty.',
    priceCents: 1400,
  },
  {
    id: 'log-notebook',
    name: 'Log notebook',
    category: 'Desk',
    line: 'Two hundred numbered pages that lie flat.',
    description:
      'Thread-bound, with numbered pages and an index to fill in. The paper takes fountain-pen ink without showing through.',
    priceCents: 1600,
  },
];

const byId: ReadonlyMap<string, Product> = new Map(products.map((product) => [product.id, product]));

/** The product with this id, if the shop sells it. */
export function findProduct(id: string): Product | undefined {
  return byId.get(id);
}

/** Cents as major units, as events carry money. */
export function majorUnits(cents: number): number {
  return cents / 100;
}

/** A price as a visitor reads it. */
export function priceText(cents: number): string {
  return `€${(cents / 100).toFixed(2)}`;
}

/** A product as an item of an ecommerce event. */
export function itemOf(product: Product, quantity: number): Item {
  const { beforeSaleCents, priceCents } = product;
  return {
    id: product.id,
    name: product.name,
    brand: 'Northlight',
    category: product.category,
    price: majorUnits(priceCents),
    quantity,
    ...(beforeSaleCents !== undefined && { discount: majorUnits(beforeSaleCents - priceCents) }),
  };
}
