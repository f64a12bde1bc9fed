import { callbackReader, CALLBACK_PROVIDERS, type AnyCallbackReader, type CallbackProvider } from '../channels/callbacks';
import type { CallbackResult } from '../channels/types';
import { isEngineError, monotonicMs, type Log } from '../kernel';
import type { Reports } from '../reports';
import { json, methodNotAllowed, refusal } from './answers';
import { CALLBACK_LIMIT_BYTES, tooLargeFor } from './body';
import type { CollectorSettings } from './known';
import { ReportIntake } from './report-intake';
import type { CallbackSecrets, CollectorRequest, CollectorResponse } from './types';

/** Under which a provider calls: `<collector>/callbacks/<provider>`. */
export const CALLBACK_ROUTE = 'callbacks/';
const RETRY_AFTER_S = '30';
/** One line a provider and minute: anybody can call, a thousand times a second. */
const LOGGED_EVERY_MS = 60_000;

/** What one signature is tried with. */
interface Attempt {
	secrets: CallbackSecrets[string];
	url: string;
}

/**
 * Status callbacks of delivery services. What their signatures are checked with stays in this memory: it came with `collector.configure`, or comes with each
 * call from n8n's webhook, whose process may never have been configured.
 */
export class Callbacks {
	/** Of the own listener, by workflow. */
	private readonly chosen = new Map<string, { publicUrl: string; secrets: CallbackSecrets }>();
	private readonly loggedAtMs = new Map<string, number>();
	private readonly intake: ReportIntake;

	constructor(private readonly known: CollectorSettings, reports: Reports, private readonly log: Log) {
		this.intake = new ReportIntake(reports.take);
	}

	configure(workflow: string, publicUrl: string, secrets: CallbackSecrets): void {
		this.chosen.set(workflow, { publicUrl, secrets });
	}

	forget(workflow: string): void {
		this.chosen.delete(workflow);
	}

	/** Never rejects. */
	async handle(request: CollectorRequest): Promise<CollectorResponse> {
		const name = request.route.slice(CALLBACK_ROUTE.length);
		const provider = CALLBACK_PROVIDERS.find((one) => one.name === name);
		const reader = callbackReader(name);
		if (provider === undefined || reader === undefined) return refusal(404, 'unknown_provider', 'No provider of this name sends delivery reports. The address ends in /callbacks/ and the provider\'s name, in small letters.');
		if (!['GET', 'HEAD', 'POST'].includes(request.method)) return methodNotAllowed('GET, POST');
		if (request.body.byteLength > CALLBACK_LIMIT_BYTES) return tooLargeFor(CALLBACK_LIMIT_BYTES);
		try {
			const { nowMs, collectors } = await this.known.current();
			const addresses = new Map(collectors.map(({ workflow, publicUrl }) => [workflow, publicUrl]));
			const attempts = this.attempts(provider, request, addresses);
			if (attempts.length === 0) return refusal(404, 'not_chosen', `Delivery reports from ${provider.title} are not chosen in any published Journey Collector Trigger.`);
			return await this.answer(provider, request, await firstReading(reader, request, attempts, nowMs));
		} catch (error) {
			this.log.error('Delivery reports could not be stored; the provider was asked to try again', { provider: name, code: isEngineError(error) ? error.code : 'INTERNAL' });
			return notStored();
		}
	}

	/** With which secrets, and as calls of which address: some providers sign it, and behind n8n it may be n8n's own or the public one. */
	private attempts({ name }: CallbackProvider, { callback, search = '' }: CollectorRequest, addresses: ReadonlyMap<string, string>): Attempt[] {
		const at = (base: string) => `${base}/${CALLBACK_ROUTE}${name}${search}`;
		if (callback !== undefined) {
			const { workflow, secrets, base } = callback;
			const mine = secrets[name];
			if (mine === undefined) return [];
			return [...new Set([addresses.get(workflow), base ?? undefined])].flatMap((one) => (one === undefined ? [] : [{ secrets: mine, url: at(one) }]));
		}
		return [...this.chosen.values()].flatMap(({ publicUrl, secrets: { [name]: secrets } }) => (secrets === undefined ? [] : [{ secrets, url: at(publicUrl) }]));
	}

	private async answer(provider: CallbackProvider, { method }: CollectorRequest, result: CallbackResult): Promise<CollectorResponse> {
		switch (result.kind) {
			case 'refused':
				this.logRefused(provider.name, result.reason);
				return refusal(401, 'not_signed', 'The signature or key of this call is not the one in the credential.');
			case 'malformed':
				return refusal(400, 'malformed', `This cannot be read as a callback of ${provider.title}.`);
			case 'answer':
				return { ...json(result.status, {}, { 'content-type': result.contentType }), body: result.body };
			case 'reports':
				if (result.reports.length > 0 && method !== 'POST' && !(method === 'GET' && provider.get === true)) return methodNotAllowed('POST');
				if (this.intake.isFull()) return notStored();
				if (result.reports.length > 0) await this.intake.add(result.reports.map((report) => ({ ...report, provider: provider.name, channel: report.channel ?? provider.channel })));
				if (result.answer !== undefined) return { ...json(200, {}, { 'content-type': result.answer.contentType }), body: result.answer.body };
				// No body: Twilio reads one as an answer to the person.
				return { ...json(200, {}, { 'content-type': 'text/plain; charset=utf-8' }), body: '' };
		}
	}

	private logRefused(provider: string, reason: string): void {
		const nowMs = monotonicMs();
		const last = this.loggedAtMs.get(provider);
		if (last !== undefined && nowMs - last < LOGGED_EVERY_MS) return;
		this.loggedAtMs.set(provider, nowMs);
		this.log.warn('A call with delivery reports was refused (said once a minute at most). Compare the key or signing secret in the credential with the provider\'s, and the address it calls with that of the collector', { provider, reason });
	}
}

/** The first that is not refused; what is refused by all is, for the reason of the first. */
async function firstReading(reader: AnyCallbackReader, { method, query, headers, body }: CollectorRequest, attempts: readonly Attempt[], nowMs: number): Promise<CallbackResult> {
	let refused: CallbackResult | undefined;
	for (const { secrets, url } of attempts) {
		const result = await reader.read({ method, url, query, headers, body }, secrets as never, nowMs);
		if (result.kind !== 'refused') return result;
		refused ??= result;
	}
	return refused ?? { kind: 'refused', reason: 'no secret is known' };
}

function notStored(): CollectorResponse {
	return refusal(503, 'not_stored', 'Nothing of this call was stored. Try it again later.', { 'retry-after': RETRY_AFTER_S });
}
