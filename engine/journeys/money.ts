/** A plain decimal with at most six places, as goals keep what they are worth. */
const MONEY = /^-?\d{1,15}(\.\d{1,6})?$/;
/** ISO 4217. */
const CURRENCY = /^[A-Z]{3}$/;

export function isMoney(text: string): boolean {
	return MONEY.test(text);
}

export function isCurrency(text: string): boolean {
	return CURRENCY.test(text);
}

/** A decimal as it is written; of a number, which a program has reckoned with, six places. null: what reads as none is worth nothing that could be added up. */
export function decimalOf(value: unknown): string | null {
	if (typeof value === 'number') return Number.isFinite(value) && Math.abs(value) < 1e15 ? value.toFixed(6).replace(/\.?0+$/, '') : null;
	return typeof value === 'string' && isMoney(value.trim()) ? value.trim() : null;
}

/** The code of a currency in capital letters; null: it is none. */
export function currencyOf(value: unknown): string | null {
	const code = typeof value === 'string' ? value.trim().toUpperCase() : '';
	return isCurrency(code) ? code : null;
}
