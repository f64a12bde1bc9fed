/** What a segment costs: the country's price, else that of '*'. Prices are decimal, so that ten of 0.1 are 1. */
export function smsCost(segments: number, country: string | null, prices: Readonly<Record<string, string>>): string | null {
	const price = priceOf(country, prices);
	return price === undefined ? null : decimal(billionths(price) * BigInt(segments));
}

/** undefined: none is known. */
export function priceOf(country: string | null, prices: Readonly<Record<string, string>>): string | undefined {
	return (country === null ? undefined : prices[country]) ?? prices['*'];
}

export function sumOfCosts(costs: readonly string[]): string {
	return decimal(costs.reduce((sum, cost) => sum + billionths(cost), 0n));
}

/** As the ledger keeps it: rounded to the 6 digits behind the point that amounts of money have here. */
export function costInMillionths(cost: string | null): number | null {
	return cost === null ? null : Number((billionths(cost) + 500n) / 1000n);
}

/** A decimal number as text, such as 0.0075 or 12. */
export function isPrice(text: string): boolean {
	return /^\d{1,9}(\.\d{1,9})?$/.test(text);
}

const DIGITS = 9;

function billionths(text: string): bigint {
	const [whole = '0', fraction = ''] = text.split('.');
	return BigInt(whole + fraction.padEnd(DIGITS, '0'));
}

function decimal(value: bigint): string {
	const digits = value.toString().padStart(DIGITS + 1, '0');
	const decimals = digits.slice(-DIGITS).replace(/0+$/, '');
	return decimals === '' ? digits.slice(0, -DIGITS) : `${digits.slice(0, -DIGITS)}.${decimals}`;
}
