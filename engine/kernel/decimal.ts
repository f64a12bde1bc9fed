/** Digits behind the point that amounts of money and shares of them keep. */
const DIGITS = 6;

/** One, in millionths. */
export const WHOLE = 1_000_000n;

/** A decimal text such as '-49.90' in millionths. Anything else counts as nothing. */
export function millionths(text: unknown): bigint {
	const [, sign, whole, fraction = ''] = (typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text) : null) ?? [];
	if (whole === undefined) return 0n;
	const value = BigInt(whole + fraction.padEnd(DIGITS, '0'));
	return sign === '-' ? -value : value;
}

/** Millionths as a decimal text: '-49.90', '0.333334', '12'. */
export function millionthsText(value: bigint): string {
	const digits = (value < 0n ? -value : value).toString().padStart(DIGITS + 1, '0');
	const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
	return `${value < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}${fraction === '' ? '' : `.${fraction.padEnd(2, '0')}`}`;
}

/** Of amounts as decimal texts. */
export function sumOfMoney(texts: readonly string[]): string {
	return millionthsText(texts.reduce((sum, text) => sum + millionths(text), 0n));
}
