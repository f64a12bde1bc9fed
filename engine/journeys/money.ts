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
