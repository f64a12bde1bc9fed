const DECIMAL = /^\s*([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,3}))?\s*$/;

interface Decimal {
	/** Value = units / 10^scale. */
	units: bigint;
	scale: number;
}

/** The exact sum of two decimals, written as text ('0.1', '-20', '1e3'); null when one of them is no decimal. */
export function addDecimals(a: string, b: string): string | null {
	const one = parse(a);
	const other = parse(b);
	if (one === null || other === null) return null;
	const scale = Math.max(one.scale, other.scale);
	return write({ units: one.units * 10n ** BigInt(scale - one.scale) + other.units * 10n ** BigInt(scale - other.scale), scale });
}

/** Without needless zeros: two texts of the same number give the same. null: no decimal. */
export function canonicalDecimal(text: string): string | null {
	const decimal = parse(text);
	return decimal === null ? null : write(decimal);
}

function parse(text: string): Decimal | null {
	const match = DECIMAL.exec(text);
	if (match === null) return null;
	const [, sign = '', whole = '', part = '', exponent = '0'] = match;
	if (whole === '' && part === '') return null;
	const digits = BigInt(`${whole}${part}`);
	const units = sign === '-' ? -digits : digits;
	const scale = part.length - Number(exponent);
	return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

function write({ units, scale }: Decimal): string {
	const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
	const whole = digits.slice(0, digits.length - scale);
	const part = digits.slice(digits.length - scale).replace(/0+$/, '');
	const text = part === '' ? whole : `${whole}.${part}`;
	return units < 0n && text !== '0' ? `-${text}` : text;
}
