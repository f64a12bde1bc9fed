import type { SolapiConfig } from '../../../engine/channels/types';
import { httpService, type Answer, type Service, type ServiceCall } from '../channels/http-service';
import type { Sms } from '../journeys/walk';

/** Accounts of this process: what is remembered of one is of no other. */
let accounts = 0;

/** A real HTTP server that takes files and messages as Solapi does. */
export class SolapiGateway {
	private files: Array<{ fileId: string; name: string; type: string }> = [];
	private readonly apiKey = `KEY${(accounts += 1)}`;
	/** Instead of taking the next uploads; a function is asked for each, and may first do something else. */
	onUpload: (() => Answer | undefined | Promise<Answer | undefined>) | undefined;
	/** Instead of taking the next messages. */
	onMessage: (() => Answer | undefined) | undefined;

	private constructor(readonly service: Service) {}

	static async open(): Promise<SolapiGateway> {
		const service = await httpService();
		const gateway = new SolapiGateway(service);
		service.answer = (call) => gateway.answer(call);
		return gateway;
	}

	private async answer({ method, path, json }: ServiceCall): Promise<Answer> {
		if (method === 'GET') return { status: 200, json: { fileList: this.files } };
		if (path === '/messages/v4/send') return this.onMessage?.() ?? { status: 200, json: { statusCode: '2000', messageId: `M4V${this.service.calls.length}` } };
		const instead = await this.onUpload?.();
		if (instead !== undefined) return instead;
		const { name, type } = json as { name: string; type: string };
		const file = { fileId: `ST01FZ${this.files.length + 1}`, name, type };
		this.files.push(file);
		return { status: 200, json: file };
	}

	/** What was uploaded, as bytes. */
	get uploaded(): Buffer[] {
		return this.service.calls.filter(({ method, path }) => method === 'POST' && path === '/storage/v1/files').map(({ json }) => Buffer.from((json as { file: string }).file, 'base64'));
	}

	/** Messages that arrived, whatever was answered. */
	get sent(): Array<{ to: string; text?: string; type?: string; imageId?: string }> {
		return this.service.calls.filter(({ path }) => path === '/messages/v4/send').map(({ json }) => (json as { message: { to: string } }).message);
	}

	get config(): SolapiConfig {
		return { kind: 'solapi', apiKey: this.apiKey, apiSecret: 'secret-of-solapi', baseUrl: this.service.url, connections: 5, timeoutMs: 30_000 };
	}

	sms(given: Partial<Sms> = {}): Sms {
		return { purpose: 'transactional', topic: '', content: { text: 'Hello {{ profile.number }}' }, senders: { default: '+8229302266', byCountry: {} }, trackClicks: false, provider: this.config, ...given };
	}

	async close(): Promise<void> {
		await this.service.close();
	}
}
