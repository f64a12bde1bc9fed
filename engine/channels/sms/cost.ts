/** What a segment costs: the country's price, else that of '*'. Prices are decimal, so that ten of 0.1 are 1. */
export function smsCost(segments: number, country: string | null, prices: Readonly<Record<string, string>>): string | null {
	const price = (country === null ? undefined : prices[country]) ?? prices['*'];
	return price === undefined ? null : timesWhole(price, segments);
}

/** A decimal number as text, such as 0.0075 or 12. */
export function isPrice(text: string): boolean {
	return /^\d{1,9}(\.\d{1,9})?$/.test(text);
}

function timesWhole(price: string, times: number): string {
	const [whole = '0', fraction = ''] = price.split('.');
	const product = (BigInt(whole + fraction) * BigInt(times)).toString().padStart(fraction.length + 1, '0');
	if (fraction === '') return product;
	const at = product.length - fraction.length;
	const decimals = product.slice(at).replace(/0+$/, '');
	return decimals === '' ? product.slice(0, at) : `${product.slice(0, at)}.${decimals}`;
}
