import type { CallbackRequest, DeliveryReport, EmailProvider, OutgoingEmail, SendOutcome } from '../../../../engine/channels';
import type { CallbackResult } from '../../../../engine/channels/types';
import type { Answer, Service } from '../http-service';
import { email } from '../servers';

export const UNSUBSCRIBE = `<https://t.example/unsubscribe?t=1.${'abcdefghij'.repeat(30)}>, <mailto:out@shop.example>`;

/** One byte of each value, so that nothing may read it as text. */
export const BYTES = Uint8Array.from({ length: 256 }, (_, index) => index);

/** A mail that has everything. */
export function fullEmail(given: Partial<OutgoingEmail> = {}): OutgoingEmail {
	return email({
		replyTo: 'help@shop.example', cc: ['copy@partner.example', 'ANN.marsh@customer.example'], bcc: ['archive@shop.example', 'copy@partner.example'],
		subject: 'Grüße, Ann', html: '<p>Hello <img src="cid:logo"></p>', text: 'Hello',
		headers: { 'List-Unsubscribe': UNSUBSCRIBE, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click', 'X-Ref': 'Öl\r\nX-Evil: 1', Bcc: 'all@other.example', 'Content-Type': 'text/evil' },
		attachments: [
			{ fileName: 'Rechnung für Ann.pdf', contentType: 'application/pdf', content: BYTES },
			{ fileName: 'logo.png', contentType: 'image/png', content: BYTES.subarray(0, 20), contentId: 'logo' },
		],
		...given,
	});
}

/** What a provider makes of the service's answer to a plain mail. */
export async function outcomeAt(service: Service, provider: EmailProvider, answer: Answer, given: Partial<OutgoingEmail> = {}): Promise<SendOutcome> {
	service.answer = answer;
	return await provider.send(email(given));
}

/** Nothing in an outcome or error may name the person, the copies or the key. */
export function expectDiscreet(told: unknown, secrets: readonly string[]): void {
	const text = told instanceof Error ? `${told.message} ${JSON.stringify(told)}` : JSON.stringify(told);
	for (const word of ['ann.marsh', 'customer.example', ...secrets]) expect(text.toLowerCase()).not.toContain(word.toLowerCase());
}

export function callback(body: string | Uint8Array, headers: Record<string, string> = {}): CallbackRequest {
	return { method: 'POST', url: 'https://c.example/callbacks/x', query: {}, headers, body: typeof body === 'string' ? Buffer.from(body) : body };
}

export function reportsOf(result: CallbackResult): DeliveryReport[] {
	if (result.kind !== 'reports') throw new Error(`Not reports but ${JSON.stringify(result)}`);
	return result.reports;
}

/** One header of a raw mail, as its lines stand. */
export function headerLines(raw: string, name: string): string[] {
	const head = raw.split('\r\n\r\n')[0]!.split('\r\n');
	const at = head.findIndex((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`));
	if (at === -1) return [];
	const next = head.findIndex((line, index) => index > at && !/^\s/.test(line));
	return head.slice(at, next === -1 ? undefined : next);
}

/** The body of the part of a raw mail whose headers hold `mark`, decoded from base64. */
export function partOf(raw: string, mark: string): Buffer {
	const part = raw.split(/\r\n--[^\r\n]+\r\n/).find((text) => text.split('\r\n\r\n')[0]?.includes(mark) === true);
	if (part === undefined) throw new Error(`No part with ${mark}`);
	return Buffer.from(part.split('\r\n\r\n')[1]?.split('\r\n--')[0] ?? '', 'base64');
}
