import { CALLBACK_PROVIDERS } from '../../../engine/channels/callbacks';
import { fateOf, type Said } from '../../../engine/messages/best/delivery';
import type { BestChannelRequest } from '../../../engine/messages/types';

const request: BestChannelRequest = {
	step: { workflow: 'w', step: 's', name: 'Best', type: 'bestChannel' }, channels: [{ channel: 'email' }], purpose: 'transactional', topic: '', order: 'given', engagedWithinMs: 3_600_000, deliveryWithinMs: 60_000, unknown: 'asSent',
};
const sent = (provider: string): Said => ({ id: 'm', token: 't', trail: '', step: 's', channel: 'email', provider, state: 'sent', reason: null, looked: 0, delivered: 0, bounced: 0, foreign_sender: 0 });

const TELLING = [
	'bird', 'brevo', 'http', 'infobip', 'lob', 'mailgun', 'meta', 'plivo', 'postmark', 'resend', 'sendgrid', 'ses', 'sinch', 'solapi', 'sparkpost', 'telnyx', 'twilio', 'viber', 'vonage', 'webpush',
];
const SILENT = ['apns', 'discord', 'expo', 'fcm', 'line', 'onesignal', 'slack', 'smtp', 'telegram'];

describe('a message that was sent, of whose arrival nothing is known yet', () => {
	it.each(TELLING)('is waited for where the service will tell of it: %s', (provider) => {
		expect(fateOf(sent(provider), false, request, false)).toEqual({ kind: 'wait' });
	});

	it.each(SILENT)('has reached the person where nobody ever will: %s. Else everybody would get the next channel, too', (provider) => {
		expect(fateOf(sent(provider), false, request, false)).toEqual({ kind: 'reached' });
	});

	it('is one of these, whichever service reports', () => {
		expect(CALLBACK_PROVIDERS.map(({ name }) => name).filter((name) => !TELLING.includes(name) && !SILENT.includes(name))).toEqual([]);
	});
});
