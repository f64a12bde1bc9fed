import type { OutgoingEmail } from '../../../../engine/channels';
import { email } from '../servers';

/** A mail with everything that a mail of ours can have. */
export function richEmail(given: Partial<OutgoingEmail> = {}): OutgoingEmail {
	return email({
		from: { name: 'The Shop, "Berlin"', address: 'news@shop.example' }, replyTo: 'help@shop.example', cc: ['copy@customer.example'], bcc: ['archive@shop.example'],
		headers: {
			'List-Unsubscribe': '<https://links.shop.example/unsubscribe?t=abc.def>, <mailto:leave@shop.example>', 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
			Subject: 'another', 'Bad Name': 'x',
		},
		attachments: [
			{ fileName: 'bill.pdf', contentType: 'application/pdf', content: new TextEncoder().encode('%PDF') },
			{ fileName: 'logo.png', contentType: 'image/png', content: new Uint8Array([1, 2, 255]), contentId: 'logo' },
		],
		...given,
	});
}
