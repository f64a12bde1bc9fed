import { NodeHelpers } from 'n8n-workflow';

import { JourneyBestChannel } from '../../../nodes/JourneyBestChannel/JourneyBestChannel.node';
import { outputsOf } from '../../../nodes/JourneyBestChannel/outputs';
import { channelsOf, titleOf } from '../../../nodes/shared/bestChannels';
import { BestStage, EMAIL, LOOPS, NOT_REACHED, REACHED, SMS } from '../harness/bestChannel';
import { PREFIX } from '../harness/journey';
import { errorOf, outputOf, type Edge } from '../harness/n8n';

describe('Journey Best Channel', () => {
	let stage: BestStage;
	beforeEach(async () => {
		stage = await BestStage.open('sqlite');
	});
	afterEach(() => stage.close());

	const names = (json: Array<Record<string, unknown>>) => json.map(({ name }) => name);

	it('has Reached and Not Reached first, then one output a channel, so that a channel more moves no line', () => {
		const node = (parameters: object) => stage.draw(stage.canvas(parameters)).nodeNamed('Best').parameters;
		const shown = (parameters: object) => outputsOf(node(parameters)).map(({ displayName }) => displayName);

		expect(shown({})).toEqual(['Reached', 'Not Reached', '1 Email', '2 SMS']);
		expect(shown({ channel: 'push', fallback: 'email', secondFallback: 'sms' })).toEqual(['Reached', 'Not Reached', '1 Push', '2 Email', '3 SMS']);
		expect(shown({ channel: 'push', fallback: '', secondFallback: 'push' })).toEqual(['Reached', 'Not Reached', '1 Push']);
		const all = ['chat', 'directmail', 'email', 'onsite', 'push', 'sms', 'webpush', 'whatsapp'];
		expect(all.map((channel) => shown({ channel, fallback: '' })[2])).toEqual(all.map((channel) => `1 ${titleOf(channel)}`));
	});

	it('n8n works the outputs out of what the panel says', () => {
		const n8n = stage.draw(stage.canvas({ channel: 'whatsapp', fallback: 'chat', secondFallback: 'onsite' }));
		const node = n8n.nodeNamed('Best');

		const outputs = NodeHelpers.getNodeOutputs(n8n.workflow, node, new JourneyBestChannel().description);

		expect(outputs).toMatchObject([{ displayName: 'Reached' }, { displayName: 'Not Reached' }, { displayName: '1 WhatsApp' }, { displayName: '2 Chat' }, { displayName: '3 On-Site' }]);
		expect(channelsOf(node.parameters)).toEqual(['whatsapp', 'chat', 'onsite']);
	});

	it('sends a batch each by their own channel in one execution, and lets all go on by Reached', async () => {
		const [ann = 0] = await stage.meet('ann', 'bea', 'cyd');
		await stage.world.engine.suppression.add([{ channel: 'email', address: 'ann@example.com', reason: 'hard-bounce' }] as never);
		expect(ann).toBeGreaterThan(0);
		const n8n = await stage.publish({ waitForDelivery: false });

		await stage.signUp('ann', 'bea', 'cyd');
		await stage.until(async () => (await stage.goals()).Reached === 3);

		expect([stage.mails.sort(), stage.texts]).toEqual([['bea', 'cyd'], ['ann']]);
		expect(names(stage.left(n8n.runs, EMAIL)).sort()).toEqual(['bea', 'cyd']);
		expect(names(stage.left(n8n.runs, SMS))).toEqual(['ann']);
		expect(names(stage.left(n8n.runs, REACHED)).sort()).toEqual(['ann', 'bea', 'cyd']);
		expect((await stage.world.engine.journeys.status())[0]?.steps.find(({ type }) => type === 'bestChannel')).toMatchObject({ entered: 3, passed: { email: 2, sms: 1, reached: 3 } });
	});

	it('what the service of the mail refuses is sent as a text, and who is refused by both leaves by Not Reached with the reasons', async () => {
		await stage.meet('ann');
		stage.post.answer = () => ({ status: 422, json: { ErrorCode: 300, Message: 'Invalid' } });
		stage.twilio.answer = () => ({ status: 400, json: { code: 21211, message: 'Invalid To' } });
		const n8n = await stage.publish();

		await stage.signUp('ann');
		await stage.until(async () => (await stage.goals())['Not Reached'] === 1);

		expect([stage.post.calls.length > 0, stage.twilio.calls.length > 0]).toEqual([true, true]);
		expect(stage.left(n8n.runs, NOT_REACHED)).toMatchObject([{ name: 'ann', bestChannel: { channel: null, passed: [{ channel: 'email' }, { channel: 'sms' }] } }]);
	});

	it('shows in a manual run which channel somebody goes out by, records nothing and sends nothing', async () => {
		const [ann = 0] = await stage.meet('ann');
		await stage.world.engine.profiles.upsert([{ profileId: ann, test: true } as never], { source: 'test', test: true });
		await stage.world.engine.suppression.add([{ channel: 'email', address: 'ann@example.com', reason: 'hard-bounce' }] as never);
		const before = await stage.world.rows();

		const run = await stage.draw(stage.canvas()).execute('Best', [{ json: { name: 'ann', _journey: { manual: true, profile: ann } } }], 'manual');

		expect(errorOf(run)).toBeUndefined();
		expect(outputOf(run, 'Best', SMS)).toMatchObject([{ json: { bestChannel: { channel: 'sms', passed: [{ channel: 'email' }] } } }]);
		expect(outputOf(run, 'Best', REACHED)).toHaveLength(1);
		expect([stage.post.calls, stage.twilio.calls]).toEqual([[], []]);
		expect(await stage.world.rows()).toEqual(before);
	});

	it('refuses a purpose that is none, which would ask for another consent than was meant', async () => {
		const [ann = 0] = await stage.meet('ann');

		const run = await stage.draw(stage.canvas({ purpose: 'Transactional' })).execute('Best', [{ json: { name: 'ann', _journey: { manual: true, profile: ann } } }], 'manual');

		expect(errorOf(run)?.message).toContain("'Purpose' is neither Marketing nor Transactional");
	});

	describe('for rows of no journey', () => {
		const rows: Edge[] = [['Rows', 'Best'], ...LOOPS.filter(([from, to]) => to !== 'Reached' && to !== 'Not Reached' && from !== 'Reached')];
		const draw = (options: object = { identityKind: 'email', identityValue: '={{ $json.email }}' }) => stage.draw(stage.canvas({ options, waitForDelivery: true }, rows, [{ name: 'Rows', type: 'n8n-nodes-base.start' }]));
		const row = { name: 'ann', email: 'ann@example.com', phone: '+4915112345670' };

		it('chooses by what is known of the person, and waits for nobody', async () => {
			await stage.meet('ann');
			await stage.world.engine.suppression.add([{ channel: 'email', address: 'ann@example.com', reason: 'hard-bounce' }] as never);

			const run = await draw().execute('Rows', [{ json: row }]);

			expect(errorOf(run)).toBeUndefined();
			expect([stage.mails, stage.texts]).toEqual([[], ['ann']]);
			expect(outputOf(run, 'Best', REACHED)).toMatchObject([{ json: { bestChannel: { channel: 'sms', passed: [{ channel: 'email' }] } } }]);
		});

		it('goes to the next channel when the first refuses, by the ledger', async () => {
			stage.post.answer = () => ({ status: 422, json: { ErrorCode: 300, Message: 'Invalid' } });

			const run = await draw({}).execute('Rows', [{ json: row }]);

			expect(errorOf(run)).toBeUndefined();
			expect([stage.mails, stage.texts.length]).toEqual([['ann'], 1]);
			expect(outputOf(run, 'Best', REACHED)).toHaveLength(1);
		});

		it('says what to do where the sender\'s word of its message is lost', async () => {
			const lost = rows.map((edge): Edge => (edge[0] === 'Mail' && edge[1] === 'Best' ? ['Mail', 'Replace', edge[2] ?? 0] : edge));
			const more = [{ name: 'Rows', type: 'n8n-nodes-base.start' }, { name: 'Replace', type: 'n8n-nodes-base.set', parameters: { fields: { nothing: 'left' } } }];

			const run = await stage.draw(stage.canvas({}, [...lost, ['Replace', 'Best']], more)).execute('Rows', [{ json: row }]);

			expect(errorOf(run)?.message).toContain('Nothing says what became of the message');
			expect(errorOf(run)?.description).toContain('Connect the sender straight to this node');
		});
	});

	describe('is not published', () => {
		const without = (...gone: Array<[string, string, number]>) => LOOPS.filter((edge) => !gone.some((one) => one.every((part, n) => edge[n] === part)));
		it.each<[string, Edge[], string]>([
			['with nothing behind a channel', without(['Best', 'Text', SMS]), 'Nothing stands behind the output "2 SMS"'],
			['when a sender does not lead back', without(['Text', 'Best', 0], ['Text', 'Best', 1]), 'The output Sent of "Text" does not lead back'],
			['when only its Sent leads back', without(['Text', 'Best', 1]), 'The output Not Sent of "Text" does not lead back'],
			['with another channel\'s sender', [...without(['Best', 'Text', SMS], ['Best', 'Mail', EMAIL]), ['Best', 'Text', EMAIL], ['Best', 'Mail', SMS]], '"Text" behind "1 Email" of "Best" sends by SMS'],
			['with one sender for two channels', [...without(['Best', 'Text', SMS]), ['Best', 'Mail', SMS]], 'behind another output'],
			['with a way past the sender', [...LOOPS, ['Best', 'Between', SMS], ['Between', 'Best']], 'Two lines out of "Best"'],
			['with another step in the loop', [...without(['Best', 'Text', SMS]), ['Best', 'Wait', SMS], ['Wait', 'Text']], '"Wait" stands in the loop'],
			['with no sender at all', [...without(['Best', 'Text', SMS]), ['Best', 'Between', SMS], ['Between', 'Best']], 'No sender stands behind'],
		])('%s', async (_what, edges, words) => {
			const more = [{ name: 'Between', type: 'n8n-nodes-base.set', parameters: { fields: {} } }, { name: 'Wait', type: `${PREFIX}journeyWait`, parameters: { amount: 1, unit: 'hours' } }];

			const publishing = stage.publish({}, stage.canvas({}, [['Start', 'Best'], ...edges], more));

			await expect(publishing).rejects.toThrow(words);
		});

		it('with a sender that is off', async () => {
			const canvas = stage.canvas();
			for (const node of canvas.nodes) if (node.name === 'Text') node.disabled = true;

			await expect(stage.publish({}, canvas)).rejects.toThrow('is turned off');
		});
	});
});
