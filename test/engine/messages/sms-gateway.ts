import type { TwilioConfig } from '../../../engine/channels/types';
import { httpService, type Answer, type Service } from '../channels/http-service';
import type { Sms } from '../journeys/walk';

/** A text message that the service took. */
export interface Text {
	to: string;
	from: string;
	text: string;
	media: string[];
	callback: string | null;
}

/** A real HTTP server that takes messages as Twilio does. */
export class SmsGateway {
	private constructor(readonly service: Service) {}

	static async open(): Promise<SmsGateway> {
		let count = 0;
		return new SmsGateway(await httpService(() => ({ status: 201, json: { sid: `SM${String(count++).padStart(32, '0')}`, status: 'queued' } })));
	}

	answerWith(answer: Answer | ((to: string) => Answer)): void {
		this.service.answer = typeof answer === 'function' ? ({ form }) => answer(form.get('To') ?? '') : answer;
	}

	get sent(): Text[] {
		return this.service.calls.map(({ form }) => ({ to: form.get('To') ?? '', from: form.get('From') ?? form.get('MessagingServiceSid') ?? '', text: form.get('Body') ?? '', media: form.getAll('MediaUrl'), callback: form.get('StatusCallback') }));
	}

	get config(): TwilioConfig {
		return { kind: 'twilio', accountSid: 'AC1', authToken: 'token-of-the-account', baseUrl: this.service.url, connections: 5, timeoutMs: 10_000 };
	}

	sms(given: Partial<Sms> = {}): Sms {
		return { purpose: 'transactional', topic: '', content: { text: 'Hello {{ profile.number }}' }, senders: { default: '+15005550006', byCountry: {} }, trackClicks: false, provider: this.config, ...given };
	}

	async close(): Promise<void> {
		await this.service.close();
	}
}
