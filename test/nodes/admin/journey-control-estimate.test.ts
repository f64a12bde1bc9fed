import type { IDataObject, INodeParameters } from 'n8n-workflow';

import { JourneyControl } from '../../../nodes/JourneyControl/JourneyControl.node';
import { useEngine } from '../../../nodes/shared/engine';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { openTestEngine, type TestEngine } from './engine';

const OURS = 'n8n-nodes-journeys.';
const named = (value: string) => ({ __rl: true, mode: 'name', value });

let world: TestEngine;

beforeEach(async () => {
	world = await openTestEngine();
	await world.engine.settings.set({ quietHours: null, caps: [], currency: 'EUR' });
	await world.engine.collector.configure({ writeKeys: { k1: 'site' }, publicUrl: 'https://n8n.example/webhook/j', port: null, workflow: 'collector' });
	// Three in Germany, of whom one is in the list and one never agreed; one in the United States, one in Korea, one without a number.
	const phones = ['+4915112345670', '+4915112345671', '+4915112345672', '+14155551001', '+821012341001', null];
	const { profiles } = await world.engine.profiles.upsert(phones.map((phone, n) => ({ identities: [{ kind: 'user_id', value: `u${n}` }, ...(phone === null ? [] : [{ kind: 'phone', value: phone }])], attributes: { plan: 'pro', name: n === 4 ? '안나' : 'Anna', long: 'x'.repeat(200) } })), { source: 'test' });
	await world.engine.consent.set(profiles.flatMap((profile, n) => (n === 2 || profile === null ? [] : [{ profile, channel: 'sms', topic: '', state: 'subscribed' as const, source: 'form' }])));
	await world.engine.segments.save({ name: 'Pro', rule: { attribute: 'plan', operator: 'equals', value: 'pro' }, wait: true });
	await world.engine.lists.create('Press');
	await world.engine.lists.add('Press', [{ kind: 'user_id', value: 'u0' }]);
});
afterEach(async () => await world.close());

/** A drawing as n8n saves it: without what is as by default. */
function workflow(sms: Record<string, object>, trigger: object = { entry: 'segment', segment: named('Pro') }): IDataObject {
	const nodes: Array<[string, string, object]> = [['Start', 'journeyTrigger', trigger], ...Object.entries(sms).map(([name, parameters]): [string, string, object] => [name, 'journeySms', parameters])];
	return {
		id: 'w1', name: 'Spring',
		nodes: nodes.map(([name, type, parameters]) => ({ id: `id-${name}`, name, type: OURS + type, typeVersion: 1, position: [0, 0], parameters })),
		connections: Object.fromEntries(nodes.slice(0, -1).map(([name], n) => [name, { main: [[{ node: nodes[n + 1]?.[0], type: 'main', index: 0 }]] }])),
	};
}

function desk(parameters: INodeParameters = {}): Desk {
	return new Desk({ type: 'journeyControl', node: new JourneyControl(), parameters: { resource: 'journey', operation: 'estimateSms', workflowFrom: 'item', ...parameters } });
}

async function run(of: IDataObject, parameters: INodeParameters = {}) {
	return await desk(parameters).run([of]);
}

async function rows(of: IDataObject, parameters: INodeParameters = {}): Promise<IDataObject[]> {
	const done = await run(of, parameters);
	expect(errorOf(done)).toBeUndefined();
	return outputOf(done, SUBJECT).map(({ json }) => json);
}

const prices = (...values: Array<[string, string]>) => ({ values: values.map(([country, price]) => ({ country, price })) });
const HELLO = { text: 'Hello {{ profile.name }}', options: { prices: prices(['DE', '0.1'], ['us', '0.01']) } };

describe('Journey Control: Estimate SMS', () => {
	it('tells of the trigger\'s people who is reachable, what goes where and what it costs, and for which country there is no price', async () => {
		const before = await world.engine.messages.list({});

		const [row, ...others] = await rows(workflow({ Sale: HELLO }));

		expect(others).toEqual([]);
		expect(row).toEqual({
			step: 'Sale', trigger: 'Start', audience: 6, lookedAt: 6, lookedAtPercent: 100, reachable: 4, later: 0, keptBack: 'address: 1, consent: 1', broken: 0, messages: 4, segments: 4, segmentsPerMessage: 1, unicode: 1, media: 0, marginPercent: null,
			cost: '0.21', currency: 'EUR', noPriceFor: 'KR', countries: 'DE: 2, KR: 1, US: 1', note: '6 people are in "Pro" now; only who comes into it enters. no price for: KR.', workflowId: 'w1', stepId: 'id-Sale',
		});
		expect(await world.engine.messages.list({})).toEqual(before);
	});

	it('is an item a country, if one likes, with prices and a currency of its own before those of the step and of Settings', async () => {
		const found = await rows(workflow({ Sale: HELLO }), { estimateOutput: 'countries', prices: prices(['DE', '0.5'], ['*', '2']), estimateCurrency: 'USD' });

		expect(found.map(({ country, messages, segments, price, cost, currency, note }) => [country, messages, segments, price, cost, currency, note])).toEqual([
			['DE', 2, 2, '0.5', '1', 'USD', ''], ['KR', 1, 1, '2', '2', 'USD', ''], ['US', 1, 1, '0.01', '0.01', 'USD', ''],
		]);
		expect((await rows(workflow({ Sale: { text: 'Hi' } }), { estimateOutput: 'countries' })).map(({ note }) => note)).toEqual(['no price for: DE', 'no price for: KR', 'no price for: US']);
	});

	it('takes the people of a chosen segment or list, and one step or all of them', async () => {
		const two = workflow({ Sale: HELLO, Bill: { purpose: 'transactional', text: '{{ profile.long }}' } });

		expect((await rows(two, { estimateAudience: 'group', segment: named('Press') })).map(({ step, audience, messages, segments }) => [step, audience, messages, segments])).toEqual([['Sale', 1, 1, 1], ['Bill', 1, 1, 2]]);
		// A bill needs no yes.
		expect((await rows(two, { smsStep: 'Bill' })).map(({ step, keptBack, messages }) => [step, keptBack, messages])).toEqual([['Bill', 'address: 1', 5]]);
	});

	it('reads templates, variants, options and senders from the drawing as the step itself does', async () => {
		await world.engine.templates.save({ key: 'sale', channel: 'sms', content: { text: 'It’s on' } });
		await world.engine.templates.publish('sale');
		const found = async (sms: object) => (await rows(workflow({ Sale: sms })))[0];

		expect(await found({ contentSource: 'template', template: named('sale') })).toMatchObject({ messages: 4, unicode: 0 });
		expect(await found({ contentSource: 'template', template: named('sale'), options: { smartEncoding: false } })).toMatchObject({ messages: 4, unicode: 4 });
		expect(await found({ text: 'Hi', variants: 'abn', variantList: { variant: [{ name: 'A', text: 'x'.repeat(161), share: 99 }, { name: 'B', text: 'x'.repeat(161) }] } })).toMatchObject({ segments: 8 });
		expect(await found({ text: 'x'.repeat(150), options: { unsubscribeHint: 'Reply STOP to opt out' } })).toMatchObject({ segments: 8 });
		expect(await found({ text: 'x', topic: named('sms-news') })).toMatchObject({ messages: 4 });
		expect(await found({ text: '{{ profile.nothing }}' })).toMatchObject({ broken: 4, messages: 0, cost: null, note: expect.stringContaining('Of 4 the message cannot be made: The text is empty') as string });
	});

	it('leaves out whom the trigger holds out, by its own percentage and those people whom it would hold out, and names the journey as it is named', async () => {
		const heldOut = async (percent: number) => (await rows(workflow({ Sale: HELLO }, { entry: 'segment', segment: named('Pro'), options: { holdoutPercent: percent } })))[0]?.keptBack;
		const drawn = async (holdoutPercent: number) => {
			const { keptBack } = await world.engine.messages.estimateSms({
				step: { workflow: 'w1', step: 'id-Sale', name: 'Sale', type: 'sms' }, provider: 'twilio', purpose: 'marketing', topic: '', content: { text: 'Hi' }, senders: { default: 'SHOP', byCountry: {} }, trackClicks: false,
				people: { name: 'Pro' }, prices: {}, journey: { name: 'Spring', trigger: 'id-Start', holdoutPercent },
			});
			return keptBack.map(({ guard, people }) => `${guard}: ${people}`).join(', ');
		};
		const percents = [10, 20, 30, 40, 50, 60, 70, 80, 90];

		expect(await heldOut(100)).toBe('holdout: 6');
		expect(await Promise.all(percents.map(heldOut))).toEqual(await Promise.all(percents.map(drawn)));
		const [long] = await rows(workflow({ Sale: { text: '{{ journey.name }}' } }, { entry: 'segment', segment: named('Pro'), options: { journeyName: 'x'.repeat(161) } }));
		expect(long).toMatchObject({ messages: 4, segments: 8 });
	});

	it('is an item for each trigger that leads to the step, and none for a step that is turned off', async () => {
		const given = workflow({ Sale: HELLO, Off: HELLO });
		const nodes = [
			...(given.nodes as IDataObject[]).map((node) => (node.name === 'Off' ? { ...node, disabled: true } : node)),
			...['Second', 'Elsewhere'].map((name) => ({ id: `id-${name}`, name, type: `${OURS}journeyTrigger`, typeVersion: 1, position: [0, 0], parameters: { entry: 'segment', segment: named('Pro'), ...(name === 'Second' ? { options: { holdoutPercent: 100 } } : {}) } })),
		];
		const connections = { ...(given.connections as IDataObject), Second: { main: [[{ node: 'Sale', type: 'main', index: 0 }]] } };

		expect((await rows({ ...given, nodes, connections })).map(({ step, trigger, messages }) => [step, trigger, messages])).toEqual([['Sale', 'Start', 4], ['Sale', 'Second', 0]]);
		expect((await rows({ ...given, nodes, connections }, { estimateAudience: 'group', segment: named('Press') })).map(({ step, trigger, messages }) => [step, trigger, messages])).toEqual([['Sale', 'Start', 1]]);
	});

	it('says what it cannot know: a text of an expression, people whom nobody enrolled yet, what event and item show', async () => {
		const [byExpression] = await rows(workflow({ Sale: { contentSource: 'expression', textExpression: '={{ $json.text }}' } }));
		const [byTemplate] = await rows(workflow({ Sale: { contentSource: 'template', template: '={{ $json.template }}' } }));
		const [byName] = await rows(workflow({ Sale: HELLO }, { entry: 'enroll' }));
		const [byEvent] = await rows(workflow({ Sale: { text: 'Hi {{ event.properties.total }} at our event' } }));
		const [plain] = await rows(workflow({ Sale: { text: 'Come to our event' } }));

		expect(byExpression).toMatchObject({ messages: null, cost: null, note: expect.stringContaining('An expression makes its text') as string });
		expect(byTemplate).toMatchObject({ messages: null, cost: null, note: expect.stringContaining('names its template') as string });
		expect(byName).toMatchObject({ audience: null, note: expect.stringContaining('choose a segment or list') as string });
		expect(byEvent?.note).toContain('What the text shows of event and item nobody has yet');
		expect(plain?.note).not.toContain('nobody has yet');
		expect(plain?.note).not.toContain('Media');
		expect((await rows(workflow({ Sale: { text: 'Hi', mediaUrls: ['https://cdn.example/{{ item.picture }}.jpg'] } })))[0]).toMatchObject({ media: 4, note: expect.stringMatching(/Media is not in the cost\. What the text shows of event and item/) as string });
		expect((await rows(workflow({ Sale: HELLO }, { entry: 'enroll' }), { estimateAudience: 'group', segment: named('Press') }))[0]).toMatchObject({ audience: 1, trigger: 'Start' });
	});

	it('says which part of many people it looked at, on the item and beside it', async () => {
		const done = await run(workflow({ Sale: HELLO }), { lookAtMost: 3 });
		const [row] = outputOf(done, SUBJECT).map(({ json }) => json);

		expect(row).toMatchObject({ audience: 6, note: expect.stringMatching(/\d of them were looked at and stand for all/) as string });
		expect(row?.lookedAt).toBeLessThan(6);
		expect(row?.lookedAtPercent).toBeLessThan(100);
		expect(done.data.resultData.runData[SUBJECT]?.[0]?.hints).toMatchObject([{ message: expect.stringMatching(/^"Sale": \d of 6 people were looked at/) as string }]);
		expect((await rows(workflow({ Sale: HELLO }), { lookAtMost: 0 }))[0]).toMatchObject({ lookedAt: 6, marginPercent: null });
	});

	it('is given up with the execution that is stopped, and no further step is begun', async () => {
		const { messages } = world.engine;
		const asked: Array<Promise<unknown>> = [];
		const stopped = desk();
		useEngine({
			...world.engine,
			messages: {
				...messages,
				estimateSms: async (...call) => {
					stopped.n8n.stop();
					const told = messages.estimateSms(...call);
					asked.push(told.catch((error: unknown) => error));
					return await told;
				},
			},
		});

		await stopped.run([workflow({ Sale: HELLO, Bill: HELLO })]);

		expect(await Promise.all(asked)).toMatchObject([{ code: 'CANCELLED' }]);
	});

	it.each<[string, IDataObject, INodeParameters, string]>([
		['a workflow without such a step', workflow({}), {}, 'This workflow has no Journey SMS'],
		['a step that it has not', workflow({ Sale: HELLO }), { smsStep: 'Gone' }, 'This workflow has no Journey SMS "Gone"'],
		['no segment', workflow({ Sale: HELLO }), { estimateAudience: 'group', segment: named('={{ "" }}') }, 'No segment is chosen'],
		['a segment that there is not', workflow({ Sale: HELLO }), { estimateAudience: 'group', segment: named('Gone') }, 'There is no segment "Gone"'],
		['a price that is none', workflow({ Sale: HELLO }), { prices: prices(['DE', '7 ct']) }, "A price under 'Prices per Segment' is no number"],
		['a price of the step that is none', workflow({ Sale: { ...HELLO, options: { prices: prices(['DE', 'cheap']) } } }), {}, "A price under 'Prices per Segment' is no number"],
		['a sender that Settings have not', workflow({ Sale: { ...HELLO, sender: named('Gone') } }), {}, 'There is no sender "Gone"'],
		['a sender for a country that is none', workflow({ Sale: { ...HELLO, countrySenders: { values: [{ country: 'Germany', from: 'SHOP' }] } } }), {}, "A line of 'Senders per Country' is not complete"],
		['a provider that is none', workflow({ Sale: { ...HELLO, provider: 'pigeon' } }), {}, "'Provider' is none that Journey SMS knows"],
		['a purpose that is none', workflow({ Sale: { ...HELLO, purpose: 'both' } }), {}, "'Purpose' is neither Marketing nor Transactional"],
		['a step that no trigger leads to', { ...workflow({ Sale: HELLO }), connections: {} }, {}, 'No Journey Trigger leads to "Sale"'],
	])('says what to do about %s', async (_what, of, parameters, message) => {
		expect(errorOf(await run(of, parameters))?.message).toContain(message);
	});
});
