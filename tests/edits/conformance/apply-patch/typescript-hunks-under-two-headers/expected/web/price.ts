export interface Price {
  amount: number;
  currency: string;
  taxed: boolean;
}

export function format(price: Price): string {
  const amount = price.amount.toFixed(2);
  return `${amount} ${price.currency}`;
}

export function add(a: Price, b: Price): Price {
  return { ...a, amount: a.amount + b.amount };
}
