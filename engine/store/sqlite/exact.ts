/** A decimal number: `digits` times ten to the power of -`scale`. */
interface Decimal {
	digits: bigint;
	scale: number;
}

/** What JSON and the texts that read as numbers (dialect.ts) may look like; null for anything else. */
function decimal(text: unknown): Decimal | null {
	const [, sign, whole = '', fraction = '', exponent = '0'] = /^\s*([-+]?)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?\s*$/.exec(String(text)) ?? [];
	if (sign === undefined || whole + fraction === '') return null;
	const value = BigInt(whole + fraction);
	const scale = fraction.length - Number(exponent);
	const digits = sign === '-' ? -value : value;
	return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

function atScale({ digits, scale }: Decimal, wanted: number): bigint {
	return digits * 10n ** BigInt(wanted - scale);
}

function add(a: Decimal, b: Decimal): Decimal {
	const scale = Math.max(a.scale, b.scale);
	return { digits: atScale(a, scale) + atScale(b, scale), scale };
}

function textOf({ digits, scale }: Decimal): string {
	return `${digits}e-${scale}`;
}

/** Exact sum of decimal texts, as PostgreSQL's numeric has it; a text for compare_decimals, '0e-0' without rows. Nulls are left out. */
export const sumExactly = {
	start: (): Decimal => ({ digits: 0n, scale: 0 }),
	step: (sum: Decimal, text: unknown): Decimal => {
		const value = text === null ? null : decimal(text);
		return value === null ? sum : add(sum, value);
	},
	result: textOf,
};

/** -1, 0 or 1: how a decimal compares with another one times a whole number (for an average without a division). */
export function compareDecimals(left: unknown, right: unknown, times: unknown): number | null {
	const a = decimal(left);
	const b = decimal(right);
	if (a === null || b === null) return null;
	const scale = Math.max(a.scale, b.scale);
	const x = atScale(a, scale);
	const y = atScale({ digits: b.digits * BigInt(String(times)), scale: b.scale }, scale);
	return x < y ? -1 : x > y ? 1 : 0;
}
