import type { INodeParameters } from 'n8n-workflow';

import { JourneyCollectorTrigger } from '../../../nodes/JourneyCollectorTrigger/JourneyCollectorTrigger.node';
import { JourneyEmail } from '../../../nodes/JourneyEmail/JourneyEmail.node';
import { DATABASES } from '../../engine/databases';
import { serveWebhooks } from '../admin/collector-webhook';
import { defaulted, Desk, giveCredentials } from '../admin/desk';
import { openInbox, type Inbox } from '../admin/inbox';
import { createWorld, eventually, PREFIX, type World } from '../harness/journey';
import type { TestN8n } from '../harness/n8n';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;
const PUBLIC_URL = 'https://links.shop.example';
const BROWSER = { 'user-agent': 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15' };
const PEOPLE = ['anna@example.com', 'ben@example.com'];
const HTML = '<p><a href="https://shop.example/tea">Tea</a> <a href="{{ links.preferencesUrl }}">Choose</a> <a href="{{ links.unsubscribeUrl }}">Leave</a></p>';
const MAIL: INodeParameters = { purpose: 'marketing', fromAddress: 'news@shop.example', contentSource: 'html', subject: 'Tea', html: HTML };

/** Where the links of the mails are answered; answers with the address in place of the public one. */
const WAYS: ReadonlyArray<[name: string, serve: (world: World) => Promise<{ url: string; close(): Promise<void> }>]> = [
	["the collector's own listener", async (world) => {
		const { port } = await world.engine.collector.configure({ writeKeys: { wk_12345678: 'shop' }, publicUrl: PUBLIC_URL, port: 0, host: '127.0.0.1', workflow: 'collector' });
		return { url: `http://127.0.0.1:${port}`, close: async () => await world.engine.collector.remove('collector') };
	}],
	["n8n's webhook", async () => {
		const node = new JourneyCollectorTrigger();
		const desk = new Desk({ type: 'journeyCollectorTrigger', node, parameters: { publicUrl: PUBLIC_URL }, credentials: { journeyCollectorApi: { writeKeys: { keys: [{ source: 'web', writeKey: 'wk_a-long-enough-key' }] } } }, webhookId: 'a-webhook-id' });
		await desk.trigger();
		const { url, server } = await serveWebhooks(node, desk);
		return { url, close: async () => await new Promise((resolve) => server.close(() => resolve())) };
	}],
];

describe.each(DATABASES.flatMap((kind) => WAYS.map(([name, serve]) => ({ kind, name, serve }))))('links in mails of a journey that was deleted, on $kind, answered by $name', ({ kind, serve }) => {
	let world: World;
	let inbox: Inbox;
	let served: Awaited<ReturnType<typeof serve>>;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyEmail`]: new JourneyEmail() }, { kind });
		inbox = await openInbox();
		served = await serve(world);
	});
	afterEach(async () => {
		await served.close();
		await world.close();
		await inbox.close();
	});

	async function mailed(): Promise<TestN8n> {
		const n8n = world.draw({
			id: 'journey-1',
			nodes: [
				{ name: 'Trigger', type: `${PREFIX}journeyTrigger`, parameters: { entry: 'event', event: { __rl: true, mode: 'name', value: 'Asked' }, fields: '' } },
				{ name: 'Mail', type: `${PREFIX}journeyEmail`, parameters: MAIL }, { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 30, unit: 'days' } },
			],
			edges: [['Trigger', 'Mail'], ['Mail', 'Wait']],
		});
		const mail = n8n.nodeNamed('Mail');
		mail.parameters = defaulted(new JourneyEmail(), MAIL, mail);
		giveCredentials(n8n, 'Mail', { journeySmtpApi: inbox.credential });
		await n8n.publish();
		await world.happens('Asked', PEOPLE);
		await eventually(async () => (await status())?.steps.find((step) => step.name === 'Wait')?.waiting === PEOPLE.length);
		return n8n;
	}

	const status = async () => (await world.engine.journeys.status())[0];

	/** n8n ends the triggers of a deleted workflow and says nothing: from then on nobody beats for its steps, while n8n itself is up. */
	async function deleted(n8n: TestN8n): Promise<void> {
		await n8n.close();
		await eventually(() => !n8n.isRunning);
		world.clock.advance(WEEK_MS);
		for (let minute = 0; minute < 15; minute += 1) {
			world.clock.advance(MINUTE_MS);
			await world.engine.journeys.markLeader();
		}
		await world.engine.tick();
	}

	const mailTo = (email: string): string => inbox.received.filter(({ to }) => to.includes(email)).map(({ raw }) => raw.replace(/=\r?\n/g, '').replace(/=3D/g, '=')).join('\n');
	const linkTo = (email: string, route: string): string => new RegExp(`${PUBLIC_URL}/${route}\\?t=[\\w.-]+`).exec(mailTo(email))?.[0]?.replace(PUBLIC_URL, served.url) ?? `no link to ${route}`;
	const visit = async (email: string, route: string, form?: Record<string, string>): Promise<Response> =>
		await fetch(linkTo(email, route), { redirect: 'manual', headers: BROWSER, ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }) });
	const person = async (value: string) => await world.engine.profiles.get({ kind: 'email', value });
	const consentOf = async (value: string) => (await world.engine.consent.get({ kind: 'email', value }))?.consents.filter(({ channel }) => channel === 'email').map(({ topic, state, source }) => ({ topic, state, source }));

	it('still lead where they led, and what people do there is recorded', async () => {
		const [anna = '', ben = ''] = PEOPLE;
		await deleted(await mailed());
		const left = await status();

		const opened = await visit(anna, 'open');
		const clicked = await visit(anna, 'click');
		const centre = [await visit(anna, 'preferences'), await visit(anna, 'preferences', { do: 'leave-all' })];
		const out = [await visit(ben, 'unsubscribe'), await visit(ben, 'unsubscribe', { 'List-Unsubscribe': 'One-Click' })];
		world.clock.advance(10 * MINUTE_MS);
		await world.engine.tick();

		// The engine has seen it: nobody serves the step at which both stand.
		expect(left?.steps.find(({ name }) => name === 'Wait')).toMatchObject({ stranded: 2 });
		expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'image/gif']);
		expect([clicked.status, clicked.headers.get('location')]).toEqual([302, 'https://shop.example/tea']);
		expect([...centre, ...out].map((response) => response.status)).toEqual([200, 200, 200, 200]);
		expect((await person(anna))?.events.map(({ name }) => name)).toEqual(expect.arrayContaining(['Email Link Clicked', 'Email Opened']));
		expect(await world.engine.messages.list({ workflow: 'journey-1', profile: (await person(anna))?.id ?? 0 })).toMatchObject([{ stepName: 'Mail', state: 'sent', openedAt: expect.any(String) as string, clickedAt: expect.any(String) as string }]);
		expect([await consentOf(anna), await consentOf(ben)]).toEqual([[{ topic: '', state: 'unsubscribed', source: 'preferences' }], [{ topic: '', state: 'unsubscribed', source: 'one-click' }]]);
	});
});
