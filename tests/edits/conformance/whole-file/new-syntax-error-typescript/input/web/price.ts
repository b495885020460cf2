export interface Price {
  amount: number;
  currency: string;
}

export function format(price: Price): string {
  const amount = price.amount.toFixed(2);
  return `${amount} ${price.currency}`;
}

export function add(a: Price, b: Price): Price {
  return { amount: a.amount + b.amount, currency: a.currency };
}
