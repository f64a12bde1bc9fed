import '../nodes/harness/environment';

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IConnections, INode, INodeType } from 'n8n-workflow';

import type { CollectorResponse } from '../../engine/collector';
import { JourneyEmail } from '../../nodes/JourneyEmail/JourneyEmail.node';
import { ProfileEngine } from '../../nodes/ProfileEngine/ProfileEngine.node';
import { DATABASES } from '../engine/databases';
import { defaulted, giveCredentials } from '../nodes/admin/desk';
import { openInbox, type Inbox } from '../nodes/admin/inbox';
import { createWorld, eventually, flowNodes, PREFIX, type World } from '../nodes/harness/journey';
import type { Edge, TestN8n } from '../nodes/harness/n8n';

const DAY_MS = 86_400_000;
const OURS: Record<string, INodeType> = { [`${PREFIX}journeyEmail`]: new JourneyEmail(), [`${PREFIX}profileEngine`]: new ProfileEngine() };

/** The ready-made journeys about consent, as they are imported, run by n8n-core from the sign-up to the page behind the link. */
describe.each(DATABASES)('the ready-made journeys about consent, on %s', (kind) => {
	let world: World;
	let inbox: Inbox;
	let n8n: TestN8n | undefined;
	beforeEach(async () => {
		world = await createWorld(OURS, { kind });
		inbox = await openInbox();
		await world.engine.collector.configure({ workflow: 'collector', writeKeys: { wk_12345678: 'shop' }, publicUrl: 'https://links.shop.example', port: null, host: '127.0.0.1' });
	});
	afterEach(async () => {
		await n8n?.close();
		await eventually(() => n8n?.isRunning !== true);
		await world.close();
		await inbox.close();
	});

	async function publish(name: string): Promise<TestN8n> {
		const { nodes, connections } = JSON.parse(readFileSync(join(__dirname, '..', '..', 'workflows', `${name}.json`), 'utf8')) as { nodes: INode[]; connections: IConnections };
		const types: Record<string, INodeType> = { ...flowNodes, ...OURS };
		const edges = Object.entries(connections).flatMap(([from, { main }]) => (main ?? []).flatMap((targets, output) => (targets ?? []).map(({ node }): Edge => [from, node, output])));
		n8n = world.draw({ nodes: nodes.filter(({ type }) => type in types).map(({ name: called, type, parameters }) => ({ name: called, type, parameters })), edges });
		for (const node of Object.values(n8n.workflow.nodes)) {
			const type = types[node.type];
			if (type === undefined) continue;
			node.parameters = defaulted(type, node.parameters, node);
			if (node.type.endsWith('.journeyEmail')) giveCredentials(n8n, node.name, { journeySmtpApi: inbox.credential });
		}
		await n8n.publish();
		return n8n;
	}

	const anna = { kind: 'email', value: 'anna@example.com' };
	const news = async () => (await world.engine.consent.get(anna))?.consents.find(({ topic }) => topic === 'newsletter')?.state;
	const journey = async () => (await world.engine.journeys.status())[0];
	const waiting = async (name: string) => (await journey())?.steps.find((step) => step.name === name)?.waiting;
	const subjects = () => inbox.received.map(({ raw }) => /^Subject: (.*)$/im.exec(raw)?.[1]?.trim());
	const linkIn = (route: string) => new RegExp(`https://links\\.shop\\.example/${route}\\?t=[\\w.-]+`).exec(inbox.received.map(({ raw }) => raw).join('\n').replace(/=\r?\n/g, '').replace(/=3D/g, '='))?.[0] ?? '';
	const visit = async (url: string, method: string, body = ''): Promise<CollectorResponse> =>
		await world.engine.collector.handle({ method, route: new URL(url).pathname.slice(1), query: Object.fromEntries(new URL(url).searchParams), headers: {}, body: new Uint8Array(Buffer.from(body)) });

	it('double opt-in: a link by mail, nothing by a look at it, the welcome by its button', async () => {
		await publish('double-opt-in');
		await world.happens('Newsletter Requested', ['anna@example.com']);
		await eventually(async () => (await waiting('Confirmed?')) === 1);
		const confirm = linkIn('confirm');
		// What a mail scanner does with every link of a mail.
		for (const method of ['HEAD', 'GET', 'GET']) await visit(confirm, method);
		const scanned = [await news(), await waiting('Confirmed?')];

		await visit(confirm, 'POST', 'do=confirm');
		await eventually(async () => (await journey())?.completed === 1);
		await visit(confirm, 'POST', 'do=confirm');

		expect(scanned).toEqual(['pending', 1]);
		expect(await news()).toBe('subscribed');
		expect(subjects()).toEqual(['One click and you are in', 'Thank you for confirming']);
		expect((await world.engine.consent.history(anna))?.map(({ state, source, textVersion }) => [state, source, textVersion])).toEqual([
			['subscribed', 'double-opt-in', 'newsletter-form 1'], ['pending', 'newsletter form', 'newsletter-form 1'],
		]);
	});

	it('double opt-in: who does not confirm leaves after seven days, unsubscribed to nothing and written to no more', async () => {
		await publish('double-opt-in');
		await world.happens('Newsletter Requested', ['anna@example.com']);
		await eventually(async () => (await waiting('Confirmed?')) === 1);

		world.clock.advance(7 * DAY_MS);
		await eventually(async () => (await journey())?.active === 0);

		expect(await journey()).toMatchObject({ exited: { 'never confirmed': 1 } });
		expect([await news(), subjects()]).toEqual(['pending', ['One click and you are in']]);
	});

	it('double opt-in: who is subscribed is not asked again, and who had left all mail is', async () => {
		await world.happens('Known', ['anna@example.com', 'ben@example.com']);
		const ben = { kind: 'email', value: 'ben@example.com' };
		await world.engine.consent.setFor([anna, ben].map((whose) => ({ whose, channel: 'email', topic: 'newsletter', state: 'subscribed' as const, source: 'import' })));
		await world.engine.consent.setFor([{ whose: ben, channel: 'email', topic: '', state: 'unsubscribed', source: 'page' }]);
		await publish('double-opt-in');
		await world.happens('Newsletter Requested', ['anna@example.com', 'ben@example.com']);
		await eventually(async () => (await waiting('Confirmed?')) === 1 && (await journey())?.completed === 1);

		await visit(linkIn('confirm'), 'POST', 'do=confirm');
		await eventually(async () => (await journey())?.completed === 2);

		expect(inbox.received.map(({ raw }) => [/^To: (.*)$/im.exec(raw)?.[1]?.trim(), /^Subject: (.*)$/im.exec(raw)?.[1]?.trim()]).sort()).toEqual([
			['anna@example.com', 'Thank you for confirming'], ['ben@example.com', 'One click and you are in'], ['ben@example.com', 'Thank you for confirming'],
		]);
	});

	it('a new link to the preference centre: asked for on the page of an old one, it comes by mail and works', async () => {
		await publish('preference-link');
		await world.happens('Known', ['anna@example.com']);
		const old = (await world.engine.preferences.links([anna], { expiresInDays: 1 }))[0]?.url ?? '';
		world.clock.advance(2 * DAY_MS);

		const expired = await visit(old, 'GET');
		await visit(old, 'POST', 'do=resend');
		await eventually(async () => (await journey())?.completed === 1);
		const fresh = await visit(linkIn('preferences'), 'GET');

		expect([expired.status, fresh.status]).toEqual([410, 200]);
		expect(inbox.received).toHaveLength(1);
	});
});
