import type { KakaoConfig, LineConfig, TelegramConfig } from '../../../engine/channels/types';
import { httpService, type Answer, type Service } from '../channels/http-service';
import type { Chat } from '../journeys/walk';

/** A real HTTP server that takes messages as Telegram, LINE and Solapi do. */
export class ChatGateway {
	private constructor(readonly service: Service) {}

	static async open(): Promise<ChatGateway> {
		const gateway = new ChatGateway(await httpService());
		gateway.refuse({});
		return gateway;
	}

	/** By whom it is sent to; everybody else's is taken. */
	refuse(answers: Readonly<Record<string, Answer>>): void {
		let count = 0;
		this.service.answer = ({ path, json }) => {
			const to = toOf(json);
			const refused = answers[to];
			if (refused !== undefined) return refused;
			count += 1;
			if (path.startsWith('/v2/bot')) return { status: 200, json: { sentMessages: [{ id: `line-${count}` }] } };
			if (path.startsWith('/messages')) return { status: 200, json: { statusCode: '2000', messageId: `M${count}` } };
			return { status: 200, json: { ok: true, result: { message_id: count, chat: { id: Number(to) } } } };
		};
	}

	get sent(): Array<{ to: string; json: Record<string, unknown> }> {
		return this.service.calls.map(({ json }) => ({ to: toOf(json), json: json as Record<string, unknown> }));
	}

	get telegram(): TelegramConfig {
		return { kind: 'telegram', botToken: '1:token-of-the-bot', baseUrl: this.service.url, timeoutMs: 10_000 };
	}

	get line(): LineConfig {
		return { kind: 'line', channelAccessToken: 'token', baseUrl: this.service.url, timeoutMs: 10_000 };
	}

	get kakao(): KakaoConfig {
		return { kind: 'kakao', apiKey: 'key', apiSecret: 'secret', baseUrl: this.service.url, timeoutMs: 10_000 };
	}

	chat(given: Partial<Chat> = {}): Chat {
		return { purpose: 'transactional', topic: '', content: { format: 'plain', text: 'Hello {{ profile.number }}' }, trackClicks: false, provider: this.telegram, ...given };
	}

	async close(): Promise<void> {
		await this.service.close();
	}
}

function toOf(json: unknown): string {
	const { chat_id: chat, to, message } = json as { chat_id?: string; to?: string; message?: { to?: string } };
	return chat ?? to ?? message?.to ?? '';
}
