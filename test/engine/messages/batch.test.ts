import { PATIENCE_MS } from '../../../engine/messages/calls';
import type { MailExtras } from '../../../engine/messages/types';
import { DATABASES } from '../databases';
import { httpService, type Service, type ServiceCall } from '../channels/http-service';
import type { Leg, Mail } from '../journeys/walk';
import { World } from '../journeys/world';

/** Resend's batch call, by its documented answers (API reference, Send Batch Emails). */
const taken = (call: ServiceCall, refused: Record<number, string> = {}) => {
	const mails = call.json as Array<{ to: string[] }>;
	return {
		status: 200,
		json: {
			data: mails.flatMap(({ to }, at) => (at in refused ? [] : [{ id: `re-${to[0]}` }])),
			...(Object.keys(refused).length === 0 ? {} : { errors: Object.entries(refused).map(([index, message]) => ({ index: Number(index), message })) }),
		},
	};
};

describe.each(DATABASES)('sending by a service that takes many mails in one call, on %s', (kind) => {
	let world: World;
	let service: Service;
	let profiles: number[];
	let leg: Leg;

	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = () => world.walk.step('email', 'email');
	const mail = (given: Partial<Mail> = {}): Mail => ({
		purpose: 'transactional', topic: '', from: { name: 'The Shop', address: 'news@shop.example' },
		content: { subject: 'Hello {{ profile.number }}', body: { kind: 'html', source: '<p>marker:{{ profile.id }}:</p>' } },
		provider: { kind: 'resend', apiKey: 're_secret', baseUrl: service.url, connections: 1, timeoutMs: 30_000 }, trackOpens: false, trackClicks: false, ...given,
	});

	async function open(people: number): Promise<void> {
		service = await httpService((call) => taken(call));
		world = await World.open(kind);
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Signed Up' } } });
		profiles = await world.people(people);
		await world.track('Signed Up', profiles);
		leg = await world.walk.start(trigger());
		leg.people.sort((a, b) => a.stamp.profile - b.stamp.profile);
	}
	afterEach(async () => {
		await world.close();
		await service.close();
	});
	const sizes = () => service.calls.map(({ json }) => (json as unknown[]).length);
	const states = async () => (await world.messages()).map(({ state }) => state);

	it('makes one call for a hundred people, each with their own mail, and keeps each id (rule 14)', async () => {
		await open(120);

		const { results } = await world.walk.email(step(), leg.people, mail());

		expect(sizes()).toEqual([100, 20]);
		expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: 120 }, () => 'sent'));
		const sent = service.calls.flatMap(({ json }) => json as Array<{ to: string[]; html: string; tags: Array<{ value: string }> }>);
		const ledger = await world.rows<{ id: string; profile: number; provider_id: string }>('select id, profile, provider_id from message');
		for (const { id, profile, provider_id: providerId } of ledger) {
			const one = sent.find(({ tags }) => tags[0]?.value === id);
			expect(one?.html).toContain(`marker:${profile}:`);
			expect(providerId).toBe(`re-${one?.to[0]}`);
		}
	});

	it('makes as many calls as large files take, and asks again before each (rule 14)', async () => {
		await open(5);
		const deadlines: number[] = [];
		await world.engine.collector.configure({ writeKeys: { 'a-long-key': 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
		service.answer = async ({ json }) => {
			deadlines.push(...(await world.rows<{ ms: number }>("select attempt_until - attempted_at as ms from message where state = 'attempting'")).map(({ ms }) => Number(ms)));
			if (service.calls.length === 1) await world.engine.consent.set([{ profile: Number(profiles[4]), channel: 'email', topic: '', state: 'unsubscribed', source: 'reply' }]);
			return { status: 200, json: (json as Array<{ To: string }>).map(({ To }) => ({ To, SubmittedAt: '2026-03-02T09:00:00Z', MessageID: `pm-${To}`, ErrorCode: 0, Message: 'OK' })) };
		};
		// 14 MB each as a call has them: three in 45 MB.
		const attached: MailExtras = { attachments: [{ file: 0, fileName: 'a.bin', contentType: 'application/octet-stream' }] };

		const { results } = await world.walk.email(step(), leg.people, mail({ purpose: 'marketing', files: [new Uint8Array(10_000_000)], provider: { kind: 'postmark', serverToken: 'token', baseUrl: service.url, timeoutMs: 60_000 } }), attached);

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent', 'sent', 'skipped']);
		expect(sizes()).toEqual([3, 1]);
		// The provider's minute, half a one to confirm, and the time in which calls of one attempt begin.
		expect(new Set(deadlines)).toEqual(new Set([60_000 + 30_000 + PATIENCE_MS]));
		expect(service.calls.every(({ body }) => body.byteLength < 50_000_000)).toBe(true);
		expect((await world.messages()).map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 0]);
	});

	it('sorts each mail by its own answer when some are refused', async () => {
		await open(3);
		service.answer = (call) => taken(call, { 1: 'Invalid `to` field. The email address needs to follow the `email@example.com` format.' });

		const { results } = await world.walk.email(step(), leg.people, mail());

		expect(results.map(({ outcome }) => outcome)).toEqual(['sent', 'failed', 'sent']);
		expect(await states()).toEqual(['sent', 'failed', 'sent']);
	});

	it('sorts all alike when the call fails: certainly not sent waits, maybe sent is unknown and never sent again', async () => {
		await open(2);
		service.answer = { status: 429, json: { statusCode: 429, name: 'rate_limit_exceeded', message: 'Too many requests' }, headers: { 'retry-after': '90' } };
		const waiting = await world.walk.email(step(), leg.people, mail());
		expect(waiting.results.map(({ outcome }) => outcome)).toEqual(['parked', 'parked']);
		await world.walk.settle(leg);

		service.answer = 'drop';
		world.clock.advance(91_000);
		const again = await world.walk.start(step());
		const lost = await world.walk.email(step(), again.people, mail());

		expect(lost.results.map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
		expect(await states()).toEqual(['unknown', 'unknown']);
		const keys = service.calls.map(({ headers }) => headers['idempotency-key']);
		expect(keys.length).toBeGreaterThan(2);
		expect(new Set(keys.slice(1)).size).toBe(1);
	});

	it('stops knocking when the account is refused: whose batch did not come waits untried (rule 14)', async () => {
		await open(101);
		service.answer = { status: 429, json: { statusCode: 429, name: 'daily_quota_exceeded', message: 'You have reached your daily email sending quota.' } };

		const { results } = await world.walk.email(step(), leg.people, mail());

		expect(sizes()).toEqual([100]);
		expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['parked']));
		expect((await world.messages()).filter(({ attempts }) => attempts === 0)).toHaveLength(1);
	});

	it.each([
		// What no step gives, but a caller of the engine may: a name that is no text, a time of less than nothing.
		['in one call', (): Partial<Mail> => ({ from: { name: 5 as never, address: 'news@shop.example' } })],
		['in one each', (): Partial<Mail> => ({ provider: { kind: 'smtp', host: '127.0.0.1', port: 1, secure: false, requireTls: false, timeoutMs: -1 } })],
	])('takes for unknown what a provider that throws may have sent, %s, and loses nobody (rule 14)', async (_how, given) => {
		await open(2);

		const { results } = await world.walk.email(step(), leg.people, mail(given()));

		expect(results).toMatchObject([1, 2].map(() => ({ outcome: 'unknown', reason: expect.stringContaining('did not say') as string })));
		expect(await states()).toEqual(['unknown', 'unknown']);
	});

	it('takes an opt-out into account that comes while the batch before is under way (rules 3, 14)', async () => {
		await open(102);
		await world.engine.collector.configure({ writeKeys: { k: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
		const last = Number(profiles.at(-1));
		service.answer = async (call) => {
			await world.engine.consent.set([{ profile: last, channel: 'email', topic: '', state: 'unsubscribed', source: 'one-click' }]);
			return taken(call);
		};

		const { results } = await world.walk.email(step(), leg.people, mail({ purpose: 'marketing' }));

		expect(sizes()).toEqual([100, 1]);
		expect(results.at(-1)).toMatchObject({ outcome: 'skipped', profile: last, reason: 'no consent: unsubscribed from email' });
	});
});
