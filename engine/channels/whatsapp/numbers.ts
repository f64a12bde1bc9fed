/**
 * WhatsApp knows some numbers otherwise than the country dials them: mobile numbers of Mexico with a 1 and of Argentina with a 9 behind the country's code, some of Brazil without
 * the 9 before their eight digits (https://developers.facebook.com/documentation/business-messaging/whatsapp/phone-numbers#brazil-and-mexico). What a person writes comes from
 * WhatsApp's, and STOP must find whoever is stored by the other.
 */
const WAYS: ReadonlyArray<readonly [written: RegExp, also: string]> = [
	[/^521(\d{10})$/, '52$1'],
	[/^52([2-9]\d{9})$/, '521$1'],
	[/^549(\d{10})$/, '54$1'],
	[/^54([1-8]\d{9})$/, '549$1'],
	[/^55(\d{2})([6-9]\d{7})$/, '55$19$2'],
	[/^55(\d{2})9([6-9]\d{7})$/, '55$1$2'],
];

/** Other ways to write the same number, with a plus; none for most. */
export function alsoWritten(number: string): string[] {
	const digits = number.replace(/\D/g, '');
	return WAYS.flatMap(([written, also]) => (written.test(digits) ? [`+${digits.replace(written, also)}`] : []));
}
