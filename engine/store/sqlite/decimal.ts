/** Fraction digits that sums keep; goals take at most six. */
const DIGITS = 6;

/** A decimal text such as '-49.90' in millionths. Anything else counts as nothing. */
function millionths(text: unknown): bigint {
	const [, sign, whole, fraction = ''] = (typeof text === 'string' ? /^(-?)(\d+)(?:\.(\d{1,6}))?$/.exec(text) : null) ?? [];
	if (whole === undefined) return 0n;
	const value = BigInt(whole + fraction.padEnd(DIGITS, '0'));
	return sign === '-' ? -value : value;
}

function decimalText(value: bigint): string {
	const digits = (value < 0n ? -value : value).toString().padStart(DIGITS + 1, '0');
	const fraction = digits.slice(-DIGITS).replace(/0+$/, '');
	return `${value < 0n ? '-' : ''}${digits.slice(0, -DIGITS)}${fraction === '' ? '' : `.${fraction.padEnd(2, '0')}`}`;
}

/** SQLite has no decimal type and would sum money as doubles. */
export const sumDecimals = {
	start: (): { sum: bigint; rows: number } => ({ sum: 0n, rows: 0 }),
	step: (state: { sum: bigint; rows: number }, text: unknown) => (text === null ? state : { sum: state.sum + millionths(text), rows: state.rows + 1 }),
	result: (state: { sum: bigint; rows: number }) => (state.rows === 0 ? null : decimalText(state.sum)),
};
