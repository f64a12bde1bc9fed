import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { NodeConnectionTypes } from 'n8n-workflow';
import type { IExecuteFunctions, INodeExecutionData, INodeType } from 'n8n-workflow';

import { JourneyAnyChannel } from '../../../nodes/JourneyAnyChannel/JourneyAnyChannel.node';
import { createWorld, eventually, PREFIX } from '../harness/journey';
import type { World } from '../harness/journey';
import { Approval } from '../harness/foreignNodes';
import { errorOf, outputOf } from '../harness/n8n';
import type { Canvas, Edge, NodeSpec } from '../harness/n8n';

const HOUR_MS = 3_600_000;

/** A service of somebody else's, on a real socket: what it was asked to deliver, and what it answers. */
class Service {
	readonly asked: string[] = [];
	answer: (name: string) => { status: number; body: object } | null = () => ({ status: 200, body: { ok: true } });
	private constructor(private readonly server: Server) {}

	static async open(): Promise<Service> {
		const server = createServer();
		const service = new Service(server);
		server.on('request', (request, response) => {
			const name = new URL(request.url ?? '', 'http://service').searchParams.get('to') ?? '';
			service.asked.push(name);
			const answer = service.answer(name);
			if (answer === null) return void request.socket.destroy();
			response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
		});
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
		return service;
	}

	get url(): string {
		return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
	}

	async close(): Promise<void> {
		this.server.closeAllConnections();
		await new Promise<void>((resolve) => this.server.close(() => resolve()));
	}
}

/** A node of another integration: asks its service for each item, and puts out what that answered, as HTTP Request does. */
class Chat implements INodeType {
	description = {
		displayName: 'chat', name: 'chat', group: ['transform' as const], version: 1, description: 'chat', defaults: { name: 'chat' },
		inputs: [NodeConnectionTypes.Main], outputs: [NodeConnectionTypes.Main],
		properties: [{ displayName: 'URL', name: 'url', type: 'string' as const, default: '' }],
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const output: INodeExecutionData[] = [];
		for (const [item, { json }] of this.getInputData().entries()) {
			try {
				const response = await fetch(`${this.getNodeParameter('url', item) as string}/?to=${String(json.name)}`);
				const body = (await response.json()) as { error?: string };
				if (!response.ok) throw new Error(body.error ?? 'refused');
				output.push({ json: body, pairedItem: { item } });
			} catch (error) {
				if (!this.continueOnFail()) throw error;
				output.push({ json: { error: (error as Error).message }, pairedItem: { item } });
			}
		}
		return [output];
	}
}

/** Hands its items on by both outputs, as a Switch does that sends to all that match. */
class Both implements INodeType {
	description = { displayName: 'both', name: 'both', group: ['transform' as const], version: 1, description: 'both', defaults: { name: 'both' }, inputs: [NodeConnectionTypes.Main], outputs: [NodeConnectionTypes.Main, NodeConnectionTypes.Main], properties: [] };

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return [this.getInputData(), this.getInputData().map(({ json }) => ({ json }))];
	}
}

describe('Journey Any Channel', () => {
	let world: World;
	let service: Service;
	beforeEach(async () => {
		world = await createWorld({ [`${PREFIX}journeyAnyChannel`]: new JourneyAnyChannel(), 'n8n-nodes-chat.chat': new Chat(), 'n8n-nodes-both.both': new Both(), 'n8n-nodes-other.ask': new Approval() });
		service = await Service.open();
	});
	afterEach(async () => {
		await world.close();
		await service.close();
	});

	const start: NodeSpec = { name: 'Start', type: `${PREFIX}journeyTrigger`, parameters: { event: 'Signed Up', fields: 'name', reEntry: 'anyTime' } };
	const gate = (parameters: object = {}): NodeSpec => ({ name: 'Any', type: `${PREFIX}journeyAnyChannel`, parameters: { channel: 'chat', service: 'Slack', purpose: 'transactional', ...parameters } as never });
	const chat = (onError?: NodeSpec['onError']): NodeSpec => ({ name: 'Chat', type: 'n8n-nodes-chat.chat', parameters: { url: service.url }, ...(onError ? { onError } : {}) });
	const goal = (name: string): NodeSpec => ({ name, type: `${PREFIX}journeyGoal`, parameters: { goal: name } });
	const journey = (parameters: object = {}, { onError, between = [], trigger = {} }: { onError?: NodeSpec['onError']; between?: NodeSpec[]; trigger?: object } = {}): Canvas => ({
		nodes: [{ ...start, parameters: { ...start.parameters, ...trigger } as never }, gate(parameters), chat(onError), ...between, goal('Through')],
		edges: [['Start', 'Any'], ['Any', 'Through', 0], ['Any', between[0]?.name ?? 'Chat', 1], ...between.map(({ name }): Edge => [name, 'Chat']), ['Chat', 'Any']],
	});
	async function happen(names: string[]): Promise<void> {
		await world.engine.profiles.upsert(names.map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes: { name } })), { source: 'test' });
		await world.happens('Signed Up', names.map((name) => `${name}@example.com`));
	}
	const status = async () => (await world.engine.journeys.status())[0];
	const completed = async (people: number) => await eventually(async () => (await status())?.completed === people);
	const ledger = async () => (await world.engine.messages.list({})).map(({ state, channel, provider, guard, reason }) => ({ state, channel, provider, guard, reason }));
	const statuses = (n8n: Awaited<ReturnType<World['publish']>>) => n8n.runs.flatMap((run) => outputOf(run, 'Any', 0)).map(({ json }) => [json.name, (json.delivery as { status: string }).status]).sort();
	const done = (n8n: Awaited<ReturnType<World['publish']>>) => n8n.runs.flatMap((run) => outputOf(run, 'Any', 0)).map(({ json }) => ({ name: json.name, ...(json.delivery as object) }));

	it('gives one person at a time to the nodes behind Send, and lets all go on behind Done with what became of their message', async () => {
		const n8n = await world.publish(journey());
		await happen(['ada', 'bob', 'cyd']);
		await completed(3);

		expect([...service.asked].sort()).toEqual(['ada', 'bob', 'cyd']);
		expect(n8n.runs.flatMap((run) => (run.data.resultData.runData.Chat ?? []).map((task) => task.data?.main?.[0]?.length))).toEqual([1, 1, 1]);
		expect(done(n8n)).toMatchObject([...service.asked].map((name) => ({ name, channel: 'chat', status: 'sent', reason: null })));
		expect(await ledger()).toEqual(Array.from({ length: 3 }, () => ({ state: 'sent', channel: 'chat', provider: 'Slack', guard: null, reason: null })));
		expect((await status())?.goals).toMatchObject([{ name: 'Through', count: 3 }]);
	});

	it('knows who is who though the nodes behind Send replaced the whole item', async () => {
		service.answer = (name) => ({ status: 200, body: { profileId: 999, name: `not ${name}` } });
		const n8n = await world.publish(journey());
		await happen(['ada', 'bob']);
		await completed(2);

		expect(done(n8n).map(({ name }) => name).sort()).toEqual(['ada', 'bob']);
	});

	it('takes an error that comes back as a failed message, and goes on with the next', async () => {
		service.answer = (name) => (name === 'bob' ? { status: 500, body: { error: 'no such user' } } : { status: 200, body: {} });
		const n8n = await world.publish(journey({}, { onError: 'continueRegularOutput' }));
		await happen(['ada', 'bob', 'cyd']);
		await completed(3);

		expect(done(n8n).find(({ name }) => name === 'bob')).toMatchObject({ status: 'failed', reason: 'no such user' });
		expect((await ledger()).map(({ state }) => state).sort()).toEqual(['failed', 'sent', 'sent']);
	});

	it('asks the guards: whoever said no to the channel, or is suppressed there, is never given out', async () => {
		const n8n = await world.publish(journey({ purpose: 'marketing', address: '={{ $json.name }}' }, { trigger: {} }));
		const names = ['ada', 'bob', 'cyd'];
		const { profiles } = await world.engine.profiles.upsert(names.map((name) => ({ identities: [{ kind: 'email', value: `${name}@example.com` }], attributes: { name } })), { source: 'test' });
		await world.engine.consent.set([{ profile: Number(profiles[0]), channel: 'chat', topic: '', state: 'unsubscribed', source: 'test' }]);
		await world.engine.suppression.add([{ channel: 'chat', address: 'bob', reason: 'manual', source: 'test' }]);
		await happen(names);
		await completed(3);

		expect(service.asked).toEqual(['cyd']);
		expect(done(n8n).map(({ name, ...rest }) => [name, rest]).sort()).toMatchObject([
			['ada', { status: 'skipped', reason: 'no consent: unsubscribed from chat' }], ['bob', { status: 'skipped', reason: 'suppressed: manual' }], ['cyd', { status: 'sent' }],
		]);
	});

	it('lets go on who is held out, unsent, with a status of their own', async () => {
		const n8n = await world.publish(journey({ purpose: 'marketing' }, { trigger: { options: { holdoutPercent: 100 } } }));
		await happen(['ada']);
		await completed(1);

		expect(service.asked).toEqual([]);
		expect(done(n8n)).toMatchObject([{ name: 'ada', status: 'heldOut', channel: 'chat' }]);
		expect(await ledger()).toMatchObject([{ state: 'skipped', guard: 'holdout' }]);
	});

	it('fails only the item whose address cannot be worked out, when it continues on errors', async () => {
		const canvas = journey({ address: '={{ $json.name === "bob" ? $("Nowhere").item.json.id : $json.name }}' });
		const n8n = await world.publish({ ...canvas, nodes: canvas.nodes.map((node) => (node.name === 'Any' ? { ...node, onError: 'continueRegularOutput' as const } : node)) });
		await happen(['ada', 'bob']);
		await completed(2);

		expect(service.asked).toEqual(['ada']);
		expect(n8n.runs.flatMap((run) => outputOf(run, 'Any', 0)).map(({ json }) => json.error ?? json.name).sort()).toEqual(["Referenced node doesn't exist", 'ada']);
	});

	it('holds people over the quiet hours and gives them out afterwards, with the item they came with', async () => {
		world.clock.set(Date.parse('2026-03-02T22:00:00Z'));
		const note: NodeSpec = { name: 'Note', type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForEachItem', jsCode: 'return { ...$json, text: "hello " + $json.name };' } };
		const canvas = journey({ purpose: 'marketing' });
		const n8n = await world.publish({ nodes: [...canvas.nodes, note], edges: [['Start', 'Note'], ['Note', 'Any'], ...canvas.edges.slice(1)] });
		await happen(['ada']);
		await eventually(async () => (await ledger()).some(({ state }) => state === 'deferred'));
		expect(service.asked).toEqual([]);

		world.clock.advance(11 * HOUR_MS);
		await completed(1);

		expect(service.asked).toEqual(['ada']);
		expect(n8n.runs.flatMap((run) => outputOf(run, 'Any', 0)).map(({ json }) => json.text)).toEqual(['hello ada']);
	});

	it('holds everybody while all sending is stopped, and gives them out after it', async () => {
		await world.engine.journeys.stopSending('test');
		await world.publish(journey());
		await happen(['ada', 'bob']);
		await eventually(async () => (await ledger()).filter(({ state }) => state === 'deferred').length === 2);
		expect(service.asked).toEqual([]);

		await world.engine.journeys.resumeSending();
		await completed(2);

		expect([...service.asked].sort()).toEqual(['ada', 'bob']);
	});

	it('loses nobody when the loop drops an item: the one that was out becomes unknown, the others have their turn, nobody has two', async () => {
		const drop: NodeSpec = { name: 'Drop', type: 'n8n-nodes-base.if', parameters: { condition: '={{ $json.name !== "bob" }}' } };
		const n8n = await world.publish(journey({}, { between: [drop] }));
		await happen(['ada', 'bob', 'cyd']);
		await eventually(async () => (await status())?.completed === 2);
		world.clock.advance(11 * 60_000);
		await completed(3);

		expect([...service.asked].sort()).toEqual(['ada', 'cyd']);
		expect(done(n8n).find(({ name }) => name === 'bob')).toMatchObject({ status: 'unknown', reason: expect.stringContaining('no answer came back') as string });
		expect((await status())?.goals).toMatchObject([{ name: 'Through', count: 3 }]);
	});

	it('tries nobody else when a node of the loop stops the execution: all are held, and let go on nobody is sent to twice', async () => {
		service.answer = () => null;
		await world.publish(journey());
		await happen(['ada', 'bob', 'cyd']);
		await eventually(async () => (await status())?.steps.find(({ name }) => name === 'Any')?.held === 3);
		expect(service.asked).toHaveLength(1);

		service.answer = () => ({ status: 200, body: {} });
		world.clock.advance(11 * 60_000);
		await world.engine.journeys.retryHeld({ workflow: 'workflow-1' });
		await completed(3);

		expect([...service.asked].sort()).toEqual(['ada', 'bob', 'cyd']);
		expect((await ledger()).map(({ state }) => state).sort()).toEqual(['sent', 'sent', 'unknown']);
	});

	it('takes a failure that comes back by the error output for one, and goes on with the next', async () => {
		service.answer = (name) => (name === 'bob' ? { status: 400, body: { error: 'no such user' } } : { status: 200, body: {} });
		const canvas = journey({}, { onError: 'continueErrorOutput' });
		const n8n = await world.publish({ ...canvas, edges: [...canvas.edges, ['Chat', 'Any', 1]] });
		await happen(['ada', 'bob', 'cyd']);
		await completed(3);

		expect([...service.asked].sort()).toEqual(['ada', 'bob', 'cyd']);
		expect(done(n8n).map(({ name, ...rest }) => [name, rest]).sort()).toMatchObject([['ada', { status: 'sent' }], ['bob', { status: 'failed', reason: 'no such user' }], ['cyd', { status: 'sent' }]]);
	});

	it.each(['v0', 'v1'] as const)('takes only the first of two answers about one person for one (execution order %s): the second says nothing of the next', async (executionOrder) => {
		// Bob is refused; whatever comes twice about Ada says nothing of him.
		service.answer = (name) => (name === 'bob' ? { status: 400, body: { error: 'no such user' } } : { status: 200, body: {} });
		const canvas = journey({}, { onError: 'continueRegularOutput' });
		const both: NodeSpec = { name: 'Both', type: 'n8n-nodes-both.both' };
		const n8n = await world.publish({ executionOrder, nodes: [...canvas.nodes, both], edges: [['Start', 'Any'], ['Any', 'Through', 0], ['Any', 'Chat', 1], ['Chat', 'Both'], ['Both', 'Any', 0], ['Both', 'Any', 1]] });
		await happen(['ada', 'bob', 'cyd', 'dan']);
		await completed(4);

		expect([...service.asked].sort()).toEqual(['ada', 'bob', 'cyd', 'dan']);
		expect(statuses(n8n)).toEqual([['ada', 'sent'], ['bob', 'failed'], ['cyd', 'sent'], ['dan', 'sent']]);
		expect((await ledger()).map(({ state }) => state).sort()).toEqual(['failed', 'sent', 'sent', 'sent']);
	});

	it('gives nobody out twice and loses nobody when a node of the loop waits for days that nobody knew of: what its answer says late counts in the ledger', async () => {
		const ask: NodeSpec = { name: 'Ask', type: 'n8n-nodes-other.ask', parameters: { operation: 'ask' } };
		const canvas = journey();
		const n8n = await world.publish({ nodes: [...canvas.nodes, ask], edges: [['Start', 'Any'], ['Any', 'Through', 0], ['Any', 'Chat', 1], ['Chat', 'Ask'], ['Ask', 'Any']] });
		await happen(['ada', 'bob']);
		for (const count of [1, 2]) {
			await eventually(async () => service.asked.length === count && !n8n.isRunning && (await status())?.steps.find(({ name }) => name === 'Any')?.away === 2);
			world.clock.advance(2 * 24 * HOUR_MS);
			await world.engine.tick();
			await n8n.resume(n8n.runs.at(-1) as never, [{ json: { data: { approved: true } } }]);
		}

		expect([...service.asked].sort()).toEqual(['ada', 'bob']);
		expect(statuses(n8n).map(([name]) => name)).toEqual(['ada', 'bob']);
		expect((await ledger()).map(({ state }) => state)).toEqual(['sent', 'sent']);
		expect((await status())?.goals).toMatchObject([{ name: 'Through', count: 2 }]);
	});

	it('takes an answer of several items, in any order, for one, and one item that failed for a failure', async () => {
		const parts: NodeSpec = { name: 'Parts', type: 'n8n-nodes-base.code', parameters: { jsCode: 'return [{ json: { ok: true } }, { json: items[0].json.bad ? { error: "half of it is missing" } : { ok: true } }].reverse();' } };
		service.answer = (name) => ({ status: 200, body: { bad: name === 'bob' } });
		const canvas = journey();
		const n8n = await world.publish({ nodes: [...canvas.nodes, parts], edges: [['Start', 'Any'], ['Any', 'Through', 0], ['Any', 'Chat', 1], ['Chat', 'Parts'], ['Parts', 'Any']] });
		await happen(['ada', 'bob', 'cyd']);
		await completed(3);

		expect(statuses(n8n)).toEqual([['ada', 'sent'], ['bob', 'failed'], ['cyd', 'sent']]);
		expect(service.asked).toHaveLength(3);
	});

	it('takes people who come round again behind Done for new ones, and tells them from answers', async () => {
		const count: NodeSpec = { name: 'Count', type: 'n8n-nodes-base.code', parameters: { mode: 'runOnceForEachItem', jsCode: 'return { ...$json, round: ($json.round ?? 0) + 1 };' } };
		const again: NodeSpec = { name: 'Again', type: 'n8n-nodes-base.if', parameters: { condition: '={{ $json.round < 3 }}' } };
		const canvas = journey();
		await world.publish({ nodes: [...canvas.nodes, count, again], edges: [['Start', 'Any'], ['Any', 'Chat', 1], ['Chat', 'Any'], ['Any', 'Count', 0], ['Count', 'Again'], ['Again', 'Any', 0], ['Again', 'Through', 1]] });
		await happen(['ada', 'bob']);
		await completed(2);

		expect([...service.asked].sort()).toEqual(['ada', 'ada', 'ada', 'bob', 'bob', 'bob']);
		expect((await status())?.goals).toMatchObject([{ name: 'Through', count: 2 }]);
		expect((await ledger()).map(({ state }) => state)).toEqual(Array(6).fill('sent'));
	});

	it('sends nothing in the editor unless that is chosen, and records nothing', async () => {
		await world.engine.profiles.upsert([{ identities: [{ kind: 'email', value: 'ada@example.com' }], attributes: { name: 'ada' } }], { source: 'test', test: true });
		const before = await world.rows();

		const quiet = await world.draw(journey()).execute('Start', [{ json: {} }], 'manual');
		const asked = [...service.asked];
		const loud = await world.draw(journey({ manualOutput: 'send' })).execute('Start', [{ json: {} }], 'manual');

		expect([errorOf(quiet), errorOf(loud)]).toEqual([undefined, undefined]);
		expect([asked, service.asked]).toEqual([[], ['ada']]);
		expect([quiet, loud].map((run) => outputOf(run, 'Any', 0).map(({ json }) => json.delivery))).toMatchObject([[{ status: 'preview', channel: 'chat' }], [{ status: 'sent', channel: 'chat' }]]);
		expect(await world.rows()).toEqual(before);
	});

	it('says on the canvas which channel it is', () => {
		expect(world.draw(journey()).subtitleOf('Any')).toBe('chat · Slack');
	});

	it.each<[string, Edge[], string]>([
		['nothing leads back', [['Start', 'Any'], ['Any', 'Chat', 1]], 'Nothing leads from Send back to "Any"'],
		['a node stands behind both outputs', [['Start', 'Any'], ['Any', 'Chat', 1], ['Any', 'Chat', 0], ['Chat', 'Any']], '"Chat" stands behind Send and behind Done of "Any"'],
		['a journey node stands in the loop', [['Start', 'Any'], ['Any', 'Through', 1], ['Through', 'Chat'], ['Chat', 'Any']], '"Through" stands in the loop behind Send of "Any"'],
		['an approval stands in the loop', [['Start', 'Any'], ['Any', 'Ask', 1], ['Ask', 'Any']], '"Ask" stands in the loop behind Send of "Any"'],
		['the loop forks', [['Start', 'Any'], ['Any', 'Chat', 1], ['Any', 'Any', 1], ['Chat', 'Any']], 'Two lines out of "Any" both lead back to "Any"'],
	])('is not published when %s', async (_what, edges, message) => {
		const ask: NodeSpec = { name: 'Ask', type: 'n8n-nodes-base.slack', parameters: { operation: 'sendAndWait' } };
		await expect(world.publish({ nodes: [...journey().nodes, ask], edges })).rejects.toThrow(message);
	});
});
