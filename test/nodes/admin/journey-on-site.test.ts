import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyOnSite } from '../../../nodes/JourneyOnSite/JourneyOnSite.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { errorOf, outputOf } from '../harness/n8n';
import { defaulted, Desk, SUBJECT } from './desk';
import type { DeskOptions } from './desk';

const SENT = 0;
const NOT_SENT = 1;
const WRITE_KEY = 'wk_a-long-key';
const ANN = 'a0000000-anonymous-of-ann';

let world: World;
beforeEach(async () => {
	world = await createWorld({ [`${PREFIX}journeyOnSite`]: new JourneyOnSite() });
	await world.engine.settings.set({ quietHours: null, caps: [] });
	await world.engine.collector.configure({ writeKeys: { [WRITE_KEY]: 'web' }, publicUrl: 'https://shop.example/j', port: null, workflow: 'c' });
});
afterEach(() => world.close());

const desk = (parameters: INodeParameters = {}, more: Partial<DeskOptions> = {}) => new Desk({ type: 'journeyOnSite', node: new JourneyOnSite(), parameters, ...more });
const onSiteOf = ({ json }: { json: IDataObject }) => json.onSite as IDataObject;

async function visitor(attributes: Record<string, string> = {}): Promise<number> {
	const report = await world.engine.profiles.upsert([{ identities: [{ kind: 'anonymous_id', value: ANN }], attributes }], { source: 'test' });
	return Number(report.profiles[0]);
}

async function visit(page: IDataObject = {}): Promise<IDataObject> {
	const answer = await world.engine.collector.handle({ method: 'POST', route: 'onsite', query: {}, headers: {}, body: new Uint8Array(Buffer.from(JSON.stringify({ writeKey: WRITE_KEY, do: 'decide', anonymousId: ANN, page: { url: 'https://shop.example/cart', ...page } }))) });
	return (JSON.parse(String(answer.body)) as { onSite: IDataObject }).onSite;
}

describe('a manual run of Journey On-Site', () => {
	it('renders the message as the chosen profile, with the guards, and records nothing', async () => {
		const anna = await visitor({ firstName: 'Anna' });
		const before = await world.rows();

		const run = await desk({ kind: 'modal', headline: 'Hello {{ profile.firstName }}', text: 'Order {{ item.order }}', buttons: { values: [{ label: 'Go', url: 'https://shop.example/{{ item.order }}' }, { label: '', url: '' }] } }).run([{ order: 7, _journey: { manual: true, profile: anna } }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(onSiteOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({
			status: 'rendered', kind: 'modal', headline: 'Hello Anna', text: 'Order 7', buttons: [{ label: 'Go', url: 'https://shop.example/7' }], guards: { verdict: 'send' },
		});
		expect(await world.rows()).toEqual(before);
	});

	it.each<[string, INodeParameters, RegExp]>([
		['a link that is no web address', { buttons: { values: [{ label: 'Go', url: 'javascript:alert(1)' }] } }, /no http or https address/],
		['Liquid that is wrong', { headline: 'Hello {% if %}' }, /^Headline, line 1/],
		['an inline message without a place', { kind: 'inline', slot: ' ' }, /Place on the Page/],
		['a colour that is none', { options: { accent: 'red' } }, /Colour/],
		['a survey without a question', { content: 'survey', question: '' }, /the survey has no question/],
		['a form without a consent text', { content: 'form', consentText: ' ' }, /no consent text.*Consent Text/],
		['a form whose consent text is empty for the person', { content: 'form', consentText: '{{ profile.consent }}' }, /no consent text.*Consent Text/],
		['personal data for any browser', { headline: 'Hi {{ profile.firstName }}', options: { anyBrowser: true } }, /must not hold personal data/],
		['an expiry of more than a year', { expiresAfterHours: 8_785 }, /longer than a year. Set Expires After to 8784 hours/],
		['no event to wait for', { trigger: 'event', eventName: { __rl: true, mode: 'name', value: '' } }, /'Event' is empty/],
	])('says what is wrong with %s', async (_what, parameters, message) => {
		await visitor();

		const run = await desk(parameters).run([{ _journey: { manual: true, profile: null } }], 'manual');

		expect(errorOf(run)?.message).toMatch(message);
	});
});

describe('Journey On-Site in a journey', () => {
	async function inJourney(parameters: INodeParameters): Promise<() => Promise<void>> {
		const n8n = world.draw({
			nodes: [{ name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up' } }, { name: 'Show', type: `${PREFIX}journeyOnSite`, parameters: {} }],
			edges: [['Start', 'Show']],
		});
		n8n.nodeNamed('Show').parameters = defaulted(new JourneyOnSite(), parameters, n8n.nodeNamed('Show'));
		await n8n.publish();
		await world.engine.events.ingest([{ type: 'track', event: 'Signed Up', anonymousId: ANN }], { source: 'test' });
		await eventually(async () => (await world.engine.messages.list({})).some(({ state }) => state === 'sent'));
		return () => n8n.close();
	}

	it.each<[string, INodeParameters, IDataObject, IDataObject]>([
		['a message', { kind: 'banner', edge: 'bottom', headline: 'Hi {{ profile.firstName }}', options: { accent: '#b9532f' }, urls: ['/cart'], trigger: 'scroll', percent: 30 }, { scroll: 30 },
			{ overlay: { kind: 'banner', content: { headline: 'Hi Anna' }, style: { accent: '#b9532f', position: 'bottom' } } }],
		['a sign-up form', { kind: 'modal', content: 'form', headline: 'Join', formFields: ['phone', 'email', 'firstName'], formTopics: 'news, offers', consentText: 'Yes' }, {},
			{ overlay: { content: { form: { fields: ['firstName', 'email', 'phone'], topics: ['news', 'offers'], consentText: 'Yes' } } } }],
		['a survey in a place', { kind: 'inline', slot: 'hero', content: 'survey', headline: '', scale: 'choice', question: 'Which?', choices: ['A', 'B'] }, { slots: ['hero'] },
			{ slots: { hero: { content: { survey: { scale: 'choice', question: 'Which?', choices: ['A', 'B'], lowLabel: '' } } } } }],
		['an inbox message', { kind: 'inbox', headline: 'Hi' }, {}, { overlay: null, unread: 1 }],
	])('puts %s where the person finds it', async (_what, parameters, page, expected) => {
		await visitor({ firstName: 'Anna' });

		const close = await inJourney(parameters);
		const shown = await visit(page);
		await close();

		expect(shown).toMatchObject(expected);
	});
});

describe('Journey On-Site outside a journey', () => {
	it.each([['', 1], ['I want news.', 0]])('sends a form whose consent text is "%s", and warns of none', async (consentText, warnings) => {
		const run = await desk({ contactEmail: '={{ $json.email }}', headline: 'Hi', content: 'form', consentText }).run([{ email: 'new@example.com' }]);

		expect(onSiteOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent' });
		expect((run.data.resultData.runData[SUBJECT]?.[0]?.hints ?? []).filter(({ message }) => message.includes('no consent text'))).toHaveLength(warnings);
	});

	it('is shown for a year at most, and sends nothing where it would be longer', async () => {
		const run = (expiresAfterHours: number, email: string) => desk({ contactEmail: '={{ $json.email }}', headline: 'Hi', expiresAfterHours }).run([{ email }]);

		const year = await run(8_784, 'a@example.com');
		const longer = await run(1e9, 'b@example.com');

		expect(onSiteOf(outputOf(year, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent' });
		expect(errorOf(longer)?.message).toMatch(/longer than a year/);
		expect(await world.engine.messages.list({})).toHaveLength(1);
	});

	it('finds or makes the profile by the address, and leads who is unsubscribed to Not Sent', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'no@example.com' }] }], { source: 'test' });
		await world.engine.consent.setFor([{ whose: { kind: 'email', value: 'no@example.com' }, channel: 'onsite', topic: '', state: 'unsubscribed', source: 'page' }]);

		const run = await desk({ contactEmail: '={{ $json.email }}', headline: 'Hi' }).run([{ email: 'new@example.com' }, { email: 'no@example.com' }]);

		expect(errorOf(run)).toBeUndefined();
		expect(onSiteOf(outputOf(run, SUBJECT, SENT)[0])).toMatchObject({ status: 'sent' });
		expect(onSiteOf(outputOf(run, SUBJECT, NOT_SENT)[0])).toMatchObject({ status: 'skipped', reason: 'no consent: unsubscribed from onsite' });
	});
});
