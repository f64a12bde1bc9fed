import { createHmac } from 'node:crypto';

import type { LobConfig } from '../../../engine/channels/types';
import type { JsonObject } from '../../../engine/kernel';
import type { DirectMailSendRequest, ForeseeRequest, SendResult } from '../../../engine/messages/types';
import { httpService, type Service, type ServiceCall } from '../channels/http-service';
import { DATABASES } from '../databases';
import type { Leg } from '../journeys/walk';
import { World } from '../journeys/world';

const LINKS = 'https://links.shop.example';
const SECRET = 'webhook-secret';
const HOME = { street: '210 King St', city: 'San Francisco', state: 'CA', postalCode: '94107' };
const ADDRESS = {
	name: '{{ profile.firstName }} {{ profile.lastName }}', company: '', line1: '{{ profile.address.street }}', line2: '', city: '{{ profile.address.city }}', state: '{{ profile.address.state }}', postalCode: '{{ profile.address.postalCode }}',
	country: '{{ profile.address.country }}',
};

describe.each(DATABASES)('direct mail, on %s', (kind) => {
	let world: World;
	let lob: Service;
	let listener: string;
	let count: number;
	const trigger = () => world.walk.step('trigger', 'trigger');
	const step = (name = 'post') => world.walk.step(name, 'directMail');

	beforeEach(async () => {
		count = 0;
		lob = await httpService(() => ({ status: 200, json: { id: `psc_${(count += 1)}` } }));
		world = await World.open(kind);
		const { port } = await world.engine.collector.configure({ workflow: 'collector', writeKeys: { key: 'shop' }, publicUrl: LINKS, port: 0, host: '127.0.0.1', callbacks: { lob: { webhookSecret: SECRET } } });
		listener = `http://127.0.0.1:${port}`;
		await world.engine.settings.set({ caps: [], quietHours: null });
		await world.walk.register(trigger(), { entry: { kind: 'event', match: { event: 'Moved' } } });
	});
	afterEach(async () => {
		await world.close();
		await lob.close();
	});

	async function people(...attributes: JsonObject[]): Promise<number[]> {
		const { profiles } = await world.engine.profiles.upsert(attributes.map((one, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }], attributes: { firstName: `P${n}`, lastName: 'Zhang', address: HOME, ...one } })), { source: 'test' });
		return profiles.map(Number);
	}

	async function enter(...profiles: number[]): Promise<Leg> {
		await world.track('Moved', profiles);
		return await world.walk.start(trigger());
	}

	const provider = (given: Partial<LobConfig> = {}): LobConfig => ({ kind: 'lob', apiKey: 'live_key', baseUrl: lob.url, timeoutMs: 30_000, ...given });
	const request = (given: Partial<DirectMailSendRequest> = {}): Omit<DirectMailSendRequest, 'items' | 'step'> => ({
		purpose: 'marketing', topic: '', address: ADDRESS, from: null, provider: provider(),
		content: { kind: 'postcard', front: { kind: 'html', source: '<h1>Hello {{ profile.firstName }}</h1>' }, back: { kind: 'template', id: 'tmpl_1' }, mergeVariables: { name: '{{ profile.firstName }}' } },
		print: { mailType: 'usps_first_class', postcard: { size: '4x6' }, letter: { size: 'us_letter', color: false, doubleSided: true, addressPlacement: 'top_first_page', extraService: null } }, ...given,
	});
	const send = async (leg: Leg, given: Partial<DirectMailSendRequest> = {}, name = 'post', engine = world.engine): Promise<SendResult[]> =>
		await engine.messages.sendDirectMail({ ...request(given), step: step(name), items: leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json })) });
	const sentTo = () => lob.calls.map(({ json }) => (json as { to: { name: string } }).to.name).sort();
	const ledger = async () => (await world.engine.messages.list({ limit: 100 })).map(({ profile, state, guard, reason }) => [profile, state, guard, reason]).reverse();

	async function tell(type: string, call: ServiceCall | undefined, id = 'evt_1'): Promise<number> {
		const { metadata } = call?.json as { metadata: object };
		const body = JSON.stringify({ id, object: 'event', date_created: new Date(world.clock.nowMs()).toISOString(), event_type: { id: type }, reference_id: 'psc_1', body: { id: 'psc_1', metadata, to: { address_line1: '210 KING ST' } } });
		const timestamp = String(world.clock.nowMs());
		const signature = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
		return (await fetch(`${listener}/callbacks/lob`, { method: 'POST', body, headers: { 'content-type': 'application/json', 'lob-signature': signature, 'lob-signature-timestamp': timestamp } })).status;
	}

	it('goes to the address among the attributes, rendered for each with values escaped, once, and stands in the ledger', async () => {
		const leg = await enter(...(await people({ firstName: 'Ann <b>' })));

		const results = await send(leg);
		const again = await send(leg);

		expect([results, again].map((all) => all.map(({ outcome }) => outcome))).toEqual([['sent'], ['sent']]);
		expect(lob.calls.map(({ path, json }) => [path, json])).toEqual([['/postcards', expect.objectContaining({
			to: { name: 'Ann <b> Zhang', address_line1: '210 King St', address_city: 'San Francisco', address_state: 'CA', address_zip: '94107', address_country: 'US' },
			front: '<h1>Hello Ann &lt;b&gt;</h1>', back: 'tmpl_1', merge_variables: { name: 'Ann <b>' }, use_type: 'marketing', size: '4x6',
		}) as object]]);
		expect(lob.calls[0]?.headers['idempotency-key']).toBe(results[0]?.message);
		expect(await ledger()).toEqual([[expect.any(Number), 'sent', null, null]]);
		expect(await world.rows('select channel, provider, provider_id from message')).toEqual([{ channel: 'directmail', provider: 'lob', provider_id: 'psc_1' }]);
	});

	it('goes to nobody without an address that the post can use, nor to who left the channel; why stands in the ledger', async () => {
		const ids = await people({}, { address: {} }, { address: { ...HOME, postalCode: 'x' } }, { address: { ...HOME, country: 'Germany' } }, { address: 'somewhere' });
		await world.engine.consent.set([{ profile: ids[0]!, channel: 'directmail', topic: '', state: 'unsubscribed', source: 'page' }]);

		await send(await enter(...ids));

		expect(lob.calls).toEqual([]);
		expect((await ledger()).sort()).toEqual([
			[ids[0], 'skipped', 'consent', expect.any(String)], [ids[1], 'skipped', 'address', 'no postal address'], [ids[2], 'skipped', 'address', 'the postal code is none of the US (12345 or 12345-1234)'],
			[ids[3], 'skipped', 'address', 'a postcard to another country than the US needs a sender\'s address'], [ids[4], 'skipped', 'address', 'no postal address'],
		].sort());
	});

	it('by a test key says in the ledger that nothing is printed', async () => {
		await send(await enter(...(await people({}))), { provider: provider({ apiKey: 'test_key' }) });

		expect(await ledger()).toEqual([[expect.any(Number), 'sent', null, 'Lob test environment: nothing is printed']]);
	});

	it('an address that Lob cannot deliver to is suppressed for all who live there, and for nobody else', async () => {
		const ids = await people({}, { address: { ...HOME, street: '1 Elm St' } }, { address: { ...HOME, street: ' 210 KING  st.' } });
		lob.answer = ({ json }) => ((json as { to: { address_line1: string } }).to.address_line1.startsWith('1 Elm') ? { status: 200, json: { id: 'psc_9' } } : { status: 422, json: { error: { code: 'failed_deliverability_strictness', message: 'no' } } });

		const first = await send(await enter(ids[0]!, ids[1]!));
		const second = await send(await enter(...ids), {}, 'again');

		expect(Object.fromEntries(first.map(({ profile, outcome }) => [profile, outcome]))).toEqual({ [ids[0]!]: 'failed', [ids[1]!]: 'sent' });
		expect(Object.fromEntries(second.map(({ profile, reason }) => [profile, reason]))).toEqual({ [ids[0]!]: 'suppressed: hard-bounce', [ids[1]!]: null, [ids[2]!]: 'suppressed: hard-bounce' });
		expect((await world.engine.suppression.list()).map(({ channel, address, reason, source }) => [channel, address, reason, source])).toEqual([['directmail', '210 KING ST SAN FRANCISCO CA 94107 US', 'hard-bounce', 'lob']]);
		expect(await world.rows("select profile from event where name = 'Direct Mail Bounced'")).toEqual([{ profile: ids[0] }]);
	});

	it('what the post delivers and brings back is told by signed calls: the ledger, events, and the address that it came back from', async () => {
		const [ann = 0, bea = 0] = await people({}, { address: { ...HOME, street: '1 Elm St' } });
		await send(await enter(ann, bea));
		const callOf = (street: string) => lob.calls.find(({ json }) => (json as { to: { address_line1: string } }).to.address_line1 === street);

		const statuses = [await tell('postcard.delivered', callOf('1 Elm St')), await tell('postcard.returned_to_sender', callOf('210 King St'), 'evt_2'), await tell('postcard.returned_to_sender', callOf('210 King St'), 'evt_2')];
		const forged = await fetch(`${listener}/callbacks/lob`, { method: 'POST', body: '{}', headers: { 'lob-signature': '00', 'lob-signature-timestamp': '1' } });

		expect([statuses, forged.status]).toEqual([[200, 200, 200], 401]);
		expect(await world.rows("select name, profile from event where name like 'Direct Mail%' order by name")).toEqual([{ name: 'Direct Mail Bounced', profile: ann }, { name: 'Direct Mail Delivered', profile: bea }]);
		expect(await world.rows('select address, profile from suppression')).toEqual([{ address: '210 KING ST SAN FRANCISCO CA 94107 US', profile: ann }]);
		expect((await send(await enter(ann, bea), {}, 'again')).map(({ profile, outcome }) => [profile, outcome]).sort()).toEqual([[ann, 'skipped'], [bea, 'sent']]);
	});

	it('a suppressed postal address goes with an erased person, and nobody is written to there all the same', async () => {
		const ids = await people({}, {});
		lob.answer = { status: 422, json: { error: { code: 'failed_deliverability_strictness', message: 'no' } } };
		await send(await enter(ids[0]!));
		const exported = await world.engine.privacy.exportPerson({ profileId: ids[0]! }, { source: 'test' });

		await world.engine.privacy.erasePerson({ profileId: ids[0]! }, { source: 'test' });

		expect(JSON.stringify(exported)).toContain('210 KING ST');
		expect(await world.rows('select * from suppression')).toEqual([]);
		expect((await send(await enter(ids[1]!), {}, 'again')).map(({ reason }) => reason)).toEqual(['suppressed: erased']);
	});

	it('an operator blocks an address in whatever way they write it', async () => {
		await world.engine.suppression.add([{ channel: 'directmail', address: '210 King St., San Francisco, CA 94107, US', reason: 'manual' }]);

		expect((await send(await enter(...(await people({}))))).map(({ reason }) => reason)).toEqual(['suppressed: manual']);
	});

	it('a letter prints the file that each item brings, and waits with it', async () => {
		const leg = await enter(...(await people({})));
		const content = { kind: 'letter' as const, letter: { kind: 'file' as const } };
		const from = { name: 'The Shop', line1: '1 Main St', city: 'Austin', state: 'TX', postalCode: '78701', country: 'US' };
		const files = [Buffer.from('%PDF-1.7 of Ann')];
		const items = leg.people.map(({ stamp, json }, index) => ({ index, stamp, item: json, extras: { attachments: [{ file: 0, fileName: 'bill.pdf', contentType: 'application/pdf' }] } }));
		lob.answer = { status: 429, json: {}, headers: { 'retry-after': '60' } };
		const waiting = await world.engine.messages.sendDirectMail({ ...request({ content, from, files }), step: step(), items });
		await world.walk.settle(leg);
		world.clock.advance(60_000);
		lob.answer = { status: 200, json: { id: 'ltr_1' } };
		const later = await world.walk.start(step());

		const results = await world.engine.messages.sendDirectMail({ ...request({ content, from }), step: step(), items: later.people.map(({ stamp, json }, index) => ({ index, stamp, item: json, extras: { missingFiles: ['data'] } })) });

		expect([waiting, results].map((all) => all.map(({ outcome }) => outcome))).toEqual([['parked'], ['sent']]);
		expect(lob.calls.at(-1)).toMatchObject({ path: '/letters' });
		expect(lob.calls.at(-1)?.body.toString('latin1')).toContain('%PDF-1.7 of Ann');
	});

	it.each<[string, Partial<DirectMailSendRequest>, string]>([
		['a letter without a sender', { content: { kind: 'letter', letter: { kind: 'template', id: 'tmpl_1' } } }, 'without a sender'],
		['a template that is none', { content: { kind: 'postcard', front: { kind: 'template', id: 'x' }, back: { kind: 'template', id: 'tmpl_1' } } }, 'template of Lob'],
		['an address of a file that is none', { content: { kind: 'postcard', front: { kind: 'url', url: 'http://shop.example/a.gif' }, back: { kind: 'template', id: 'tmpl_1' } } }, 'address of a file'],
		['a sender abroad', { from: { name: 'S', line1: 'Weg 1', city: 'Berlin', state: '', postalCode: '10117', country: 'DE' } }, 'outside of the US'],
		['a sender who is nowhere', { from: { name: 'S', line1: '', city: '', state: '', postalCode: '', country: '' } }, 'no postal address'],
		['a merge variable that Lob refuses', { content: { kind: 'postcard', front: { kind: 'template', id: 'tmpl_1' }, back: { kind: 'template', id: 'tmpl_1' }, mergeVariables: { 'first name': 'x' } } }, 'merge variable'],
		['Liquid that is not closed', { content: { kind: 'postcard', front: { kind: 'html', source: '{% if %}' }, back: { kind: 'template', id: 'tmpl_1' } } }, 'Front, line 1'],
	])('%s is wrong for everybody, and is said before anything is reserved', async (_what, given, message) => {
		const leg = await enter(...(await people({})));

		await expect(send(leg, given)).rejects.toMatchObject({ message: expect.stringContaining(message) as string });

		expect([lob.calls, await ledger()]).toEqual([[], []]);
	});

	it('HTML that is longer than Lob takes holds that person, and sends the others theirs', async () => {
		const leg = await enter(...(await people({ note: 'x'.repeat(10_000) }, { note: 'short' })));

		const results = await send(leg, { content: { kind: 'postcard', front: { kind: 'html', source: '<p>{{ profile.note }}</p>' }, back: { kind: 'template', id: 'tmpl_1' } } });

		expect(results.map(({ outcome }) => outcome).sort()).toEqual(['parked', 'sent']);
		expect(results.find(({ outcome }) => outcome === 'parked')?.reason).toContain('Lob takes 10000');
	});

	it('outside a journey finds the person by what the row says, and prints the address of the row', async () => {
		const address = { ...ADDRESS, name: '{{ item.name }}', line1: '{{ item.street }}', city: '{{ item.city }}', state: '{{ item.state }}', postalCode: '{{ item.zip }}', country: '' };
		const row = (name: string) => ({ name, street: '1 Elm St', city: 'Austin', state: 'tx', zip: '78701' });
		const items = [row('Ann'), row('Bea'), row('Ann')].map((item, index) => ({ index, item, contact: { identity: { kind: 'email', value: `${item.name}@example.com` }, key: `k${index}` } }));

		const sent = await world.engine.messages.sendDirectMail({ ...request({ address }), step: step(), items });

		expect(sent.map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'alreadySent']);
		expect(sentTo()).toEqual(['Ann', 'Bea']);
		expect((await world.engine.profiles.get({ kind: 'email', value: 'ann@example.com' }))?.id).toBe(sent[0]?.profile);
		await expect(world.engine.messages.sendDirectMail({ ...request({ address }), step: step(), items: [{ index: 0, item: row('Ann') }] })).rejects.toMatchObject({ code: 'NOT_IN_JOURNEY', message: expect.stringContaining('Contact') as string });
	});

	it('an outlook knows who has no address or a suppressed one, by the usual attributes or by what a step makes of others', async () => {
		const [ann = 0, bea = 0, cy = 0, dee = 0] = await people({}, { address: { ...HOME, street: '' } }, { address: { ...HOME, street: '1 Elm St' }, country: 'US' }, { home: '1 Elm St', address: null });
		await world.engine.suppression.add([{ channel: 'directmail', address: '1 Elm St, San Francisco, CA 94107, US', reason: 'manual' }]);
		const ask = async (more: Partial<ForeseeRequest> = {}) => (await world.engine.messages.foresee({ profiles: [ann, bea, cy, dee], channel: 'directmail', purpose: 'transactional', topic: '', ...more })).map(({ verdict, reason }) => reason ?? verdict);
		const [elm, oak] = ['1 Elm St', '2 Oak St'].map((line1) => ({ address: { name: 'P', line1, city: 'San Francisco', state: 'CA', postalCode: '94107', country: 'US' } }));

		expect(await ask()).toEqual(['send', 'no postal address', 'suppressed: manual', 'no postal address']);
		expect(await ask({ postal: { [cy]: oak!, [dee]: elm!, [ann]: { reason: 'no postal address' } } })).toEqual(['no postal address', 'no postal address', 'send', 'suppressed: manual']);
		expect(await ask({ postal: null })).toEqual(['send', 'send', 'send', 'send']);
	});

	it('a preview renders as a person, shows where it would go, and nobody gets it', async () => {
		const [ann = 0] = await people({ firstName: 'Ann' });
		const { address, from, print, content, purpose } = request();

		const shown = await world.engine.messages.previewDirectMail({ address, from, print, content, purpose, profileId: ann, item: {} });
		const nowhere = await world.engine.messages.previewDirectMail({ address: { ...address, line1: '' }, from, print, content, purpose, profileId: ann, item: {} });

		expect(shown).toEqual({ pages: { front: '<h1>Hello Ann</h1>', back: 'tmpl_1' }, mergeVariables: { name: 'Ann' }, to: { name: 'Ann Zhang', line1: '210 King St', city: 'San Francisco', state: 'CA', postalCode: '94107', country: 'US' }, reason: null, profile: ann });
		expect([nowhere.to, nowhere.reason]).toEqual([null, 'no postal address']);
		expect([lob.calls, await ledger()]).toEqual([[], []]);
	});
});
