import type { INodeParameters } from 'n8n-workflow';

import { checkGraph } from '../../../nodes/JourneyControl/check/check';
import { bareAttributes, barePaths } from '../../../nodes/JourneyControl/check/content';
import type { Finding } from '../../../nodes/JourneyControl/check/finding';
import { readGraph, type CheckedNode } from '../../../nodes/JourneyControl/check/graph';

const OURS = 'n8n-nodes-journeys.';
const BASE = 'n8n-nodes-base.';

type Drawn = Record<string, [type: string, parameters?: object, more?: Partial<CheckedNode>]>;

function found(nodes: Drawn, edges: string[]): Finding[] {
	const connections: Record<string, { main: Array<Array<{ node: string; type: string; index: number }>> }> = {};
	for (const edge of edges) {
		const [, from = '', output = '0', to = '', input = '0'] = /^(.+?)(?::(\d+))? -> (.+?)(?::(\d+))?$/.exec(edge) ?? [];
		const { main } = (connections[from] ??= { main: [] });
		while (main.length <= Number(output)) main.push([]);
		main[Number(output)]?.push({ node: to, type: 'main', index: Number(input) });
	}
	return checkGraph(readGraph({
		id: 'w', name: 'Welcome', connections,
		nodes: Object.entries(nodes).map(([name, [type, parameters = {}, more = {}]]) => ({ id: `id-${name}`, name, type: /\./.test(type) ? type : (/^(?:journey|segment|lead)/.test(type) ? OURS : BASE) + type, typeVersion: 1, parameters, ...more })),
	}));
}

const START: Drawn = { Start: ['journeyTrigger'] };
const checks = (findings: Finding[]) => findings.map(({ level, check, node }) => [level, check, node]);

describe('the check of a drawing', () => {
	it('finds nothing wrong with a plain journey', () => {
		expect(found({ ...START, Mail: ['journeyEmail'], Wait: ['journeyWait'], Next: ['journeyEmail'] }, ['Start -> Mail', 'Mail -> Wait', 'Wait -> Next'])).toEqual([]);
	});

	it('reads what fills in a WhatsApp message, whose number is always there', () => {
		const node = { type: `${OURS}journeyWhatsApp`, parameters: { contentSource: 'template', parameters: { values: [{ value: '{{ profile.firstName }} {{ profile.phone }}' }] }, buttons: { values: [{ value: '{{ profile.plan | default: "x" }}{{ item.number }}' }] }, headerUrl: 'https://cdn.example/{{ profile.photo }}' } } as unknown as CheckedNode;

		expect(bareAttributes(node).sort()).toEqual(['firstName', 'photo']);
		expect(barePaths(node, 'item')).toEqual(['number']);
	});

	it('says that nobody enters a workflow without a Journey Trigger that is on', () => {
		expect(checks(found({ Start: ['journeyTrigger', {}, { disabled: true }], Mail: ['journeyEmail'] }, ['Start -> Mail']))).toEqual([['problem', 'no journey', '']]);
	});

	it.each<[string, object, number]>([
		['a name', { from: 'SHOP' }, 1], ['a name in one country', { from: '+15005550006', countrySenders: { values: [{ country: 'DE', from: 'Shop 24' }] } }, 1],
		['a number', { from: '+15005550006' }, 0], ['a short code', { from: '12345' }, 0], ['none here', {}, 0], ['a messaging service', { from: `MG${'a'.repeat(32)}` }, 0], ['a powerpack', { from: '1f2e3d4c-0000-4000-8000-1234567890ab' }, 0],
		['a name, of what is no marketing', { from: 'SHOP', purpose: 'transactional' }, 0], ['a name, with a link to leave by', { from: 'SHOP', options: { unsubscribeHint: 'Leave: {{ links.unsubscribeUrl }}' } }, 0],
		['a name, with the link in the text', { from: 'SHOP', text: 'News. {{ links.preferencesUrl }}' }, 0],
	])('of text messages from %s says whether nobody can answer STOP', (_what, parameters, count) => {
		const findings = found({ ...START, Text: ['journeySms', { text: 'News', ...parameters }] }, ['Start -> Text']).filter(({ check }) => check === 'nobody can answer');

		expect(findings.map(({ level, node, todo }) => [level, node, todo.includes('links.unsubscribeUrl')])).toEqual(Array.from({ length: count }, () => ['warning', 'Text', true]));
	});

	it.each<[string, object, number]>([
		['none', {}, 1], ['blanks', { consentText: ' \n' }, 1], ['one', { consentText: 'I want news by email.' }, 0], ['none, where no form is shown', { content: 'message' }, 0], ['none, in a template', { content: 'template' }, 0],
	])('of a sign-up form says whether its consent text proves anything: %s', (_what, parameters, count) => {
		const findings = found({ ...START, Form: ['journeyOnSite', { content: 'form', ...parameters }] }, ['Start -> Form']).filter(({ check }) => check === 'consent without a text');

		expect(findings.map(({ level, node, todo }) => [level, node, todo.includes('Consent Text')])).toEqual(Array.from({ length: count }, () => ['problem', 'Form', true]));
	});

	describe('of a Journey Best Channel', () => {
		const both: Drawn = { ...START, Best: ['journeyBestChannel'], Mail: ['journeyEmail'], Text: ['journeySms'], Goal: ['journeyGoal'] };
		const back = ['Start -> Best', 'Best:0 -> Goal', 'Best:2 -> Mail', 'Mail:0 -> Best', 'Mail:1 -> Best', 'Best:3 -> Text', 'Text:0 -> Best', 'Text:1 -> Best'];

		it('finds nothing wrong where each sender leads back', () => {
			expect(found(both, back)).toEqual([]);
		});

		it.each<[string, Drawn, string[], string, string]>([
			['a sender that does not lead back', both, back.filter((line) => !line.startsWith('Text')), 'Text', 'does not lead back'],
			['one that leads back by Sent only', both, back.filter((line) => line !== 'Text:1 -> Best'), 'Text', 'Not Sent'],
			['nothing behind a channel', both, back.filter((line) => !line.includes('Text')), 'Best', 'Nothing stands behind the output "2 SMS"'],
			['another channel\'s sender', { ...both, Text: ['journeyPush'] }, back, 'Text', 'sends by Push'],
			['another channel around other nodes', { ...both, Text: ['journeyAnyChannel', { channel: 'chat' }], Slack: ['slack'] }, [...back.filter((line) => line !== 'Text:1 -> Best'), 'Text:1 -> Slack', 'Slack -> Text'], 'Text', 'sends by Chat'],
			['a step that is no sender', { ...both, Wait: ['journeyWait'] }, [...back.filter((line) => line !== 'Best:3 -> Text'), 'Best:3 -> Wait', 'Wait -> Text'], 'Wait', 'stands in the loop'],
			['a sender that is off', { ...both, Text: ['journeySms', {}, { disabled: true }] }, back, 'Text', 'is turned off'],
		])('finds %s', (_what, nodes, lines, node, words) => {
			const findings = found(nodes, lines).filter(({ check }) => check === 'channel that does not lead back');

			expect(checks(findings)).toEqual([['problem', 'channel that does not lead back', node]]);
			expect(findings[0]?.message).toContain(words);
		});

		it('takes a Journey Any Channel with the right channel, whose Done leads back, and says that nobody tells of its deliveries', () => {
			const any: Drawn = { ...both, Best: ['journeyBestChannel', { fallback: 'chat', waitForDelivery: true }], Text: ['journeyAnyChannel', { channel: 'chat' }], Slack: ['slack'] };

			expect(checks(found(any, [...back.filter((line) => line !== 'Text:1 -> Best'), 'Text:1 -> Slack', 'Slack -> Text']))).toEqual([['note', 'delivery nobody tells of', 'Text']]);
		});

		it('says nothing of deliveries where none is waited for', () => {
			const any: Drawn = { ...both, Best: ['journeyBestChannel', { fallback: 'chat' }], Text: ['journeyAnyChannel', { channel: 'chat' }], Slack: ['slack'] };

			expect(found(any, [...back.filter((line) => line !== 'Text:1 -> Best'), 'Text:1 -> Slack', 'Slack -> Text'])).toEqual([]);
		});

		it('warns of a sender that asks for another consent', () => {
			expect(checks(found({ ...both, Text: ['journeySms', { purpose: 'transactional' }] }, back))).toEqual([['warning', 'purpose of another kind', 'Text']]);
		});

		it('still finds a way back to it without a wait that is none of its loops', () => {
			expect(checks(found(both, [...back, 'Goal -> Best']))).toContainEqual(['problem', 'loop without a wait', 'Best']);
		});
	});

	describe('of a Merge', () => {
		const fork: Drawn = { ...START, If: ['if'], Merge: ['merge'] };

		it('finds one that joins a branch with a wait to one without', () => {
			const findings = found({ ...fork, Wait: ['journeyWait'] }, ['Start -> If', 'If:0 -> Wait', 'Wait -> Merge:0', 'If:1 -> Merge:1']);

			expect(checks(findings)).toEqual([['problem', 'merge after a wait', 'Merge']]);
			expect(findings[0]?.message).toContain('behind "Wait" people go on in an execution of their own');
			expect(findings[0]?.todo).toContain('Journey Join');
		});

		it('finds one that joins two different waits', () => {
			expect(checks(found({ ...fork, A: ['journeyWait'], B: ['journeyWait'] }, ['Start -> If', 'If:0 -> A', 'A -> Merge:0', 'If:1 -> B', 'B -> Merge:1']))).toEqual([['problem', 'merge after a wait', 'Merge']]);
		});

		it('warns of a sender on one of the branches, which may hold people back', () => {
			expect(checks(found({ ...fork, Mail: ['journeyEmail'] }, ['Start -> If', 'If:0 -> Mail', 'Mail -> Merge:0', 'If:1 -> Merge:1']))).toEqual([['warning', 'merge after a wait', 'Merge']]);
		});

		it('has nothing against one within a leg, at the start or behind a wait', () => {
			expect(found({ ...fork, Set: ['set'] }, ['Start -> If', 'If:0 -> Set', 'Set -> Merge:0', 'If:1 -> Merge:1'])).toEqual([]);
			expect(found({ ...fork, Wait: ['journeyWait'] }, ['Start -> Wait', 'Wait -> If', 'If:0 -> Merge:0', 'If:1 -> Merge:1'])).toEqual([]);
		});
	});

	describe('of expressions', () => {
		const at = (text: string, more: Drawn = {}, edges = ['Start -> Set']) => found({ ...START, Set: ['set', { value: text }], ...more }, edges);

		it.each([
			["={{ $('Start').first().json.name }}", 'problem'],
			["={{ $('Start').last().json.name }}", 'problem'],
			['={{ $input.first().json.name }}', 'problem'],
			["={{ $('Start').all().length }}", 'warning'],
			["={{ $items('Start')[0].json.name }}", 'warning'],
			['={{ $( "Start" ) . first ( ).json.name }}', 'problem'],
		])('finds one person’s data for all in %s', (text, level) => {
			expect(checks(at(text))).toEqual([[level, 'one person’s data for all', 'Set']]);
		});

		it('has nothing against $json, $(…).item, or a text that is no expression', () => {
			for (const text of ['={{ $json.name }}', "={{ $('Start').item.json.name }}", "$('Start').first()", '={{ $now }}']) expect(at(text)).toEqual([]);
		});

		it('finds .item where a node between may not say which item came from which', () => {
			const findings = at("={{ $('Start').item.json.name }}", { Group: ['aggregate'] }, ['Start -> Group', 'Group -> Set']);

			expect(checks(findings)).toContainEqual(['warning', 'wrong person’s data', 'Set']);
			expect(findings.find(({ check }) => check === 'wrong person’s data')?.message).toContain('"Group" between them');
			expect(at("={{ $('Start').item.json.name }}", { Code: ['code', { mode: 'runOnceForEachItem' }] }, ['Start -> Code', 'Code -> Set'])).toEqual([]);
		});

		it('finds data from before a wait, and from a node that does not exist', () => {
			expect(checks(at("={{ $('Start').item.json.name }}", { Wait: ['journeyWait'] }, ['Start -> Wait', 'Wait -> Set']))).toEqual([['problem', 'data from before a wait', 'Set']]);
			expect(checks(at("={{ $('Renamed').item.json.name }}"))).toEqual([['problem', 'node that is gone', 'Set']]);
			expect(at("={{ $('Wait').item.json.name }}", { Wait: ['journeyWait'] }, ['Start -> Wait', 'Wait -> Set'])).toEqual([]);
		});

		it('finds .item behind a node that leaves out what failed: n8n then pairs by position', () => {
			const behind = (more: Partial<CheckedNode>) => checks(at("={{ $('Start').item.json.name }}", { Xml: ['xml', {}, more] }, ['Start -> Xml', 'Xml -> Set']));

			expect(behind({})).toEqual([]);
			for (const more of [{ continueOnFail: true }, { onError: 'continueRegularOutput' as const }]) expect(behind(more)).toEqual([['warning', 'wrong person’s data', 'Set']]);
		});

		it('warns of data from before a sender: whoever it holds comes in an execution in which that has not run', () => {
			const reads = (of: string, edges: string[], more: Drawn = {}) => at(`={{ $('${of}').item.json.name }}`, { Look: ['set'], Mail: ['journeyEmail'], ...more }, edges);

			const findings = reads('Look', ['Start -> Look', 'Look -> Mail', 'Mail -> Set']);
			expect(checks(findings)).toEqual([['warning', 'data from before a sender', 'Set']]);
			expect(findings[0]?.message).toContain('Whoever "Mail" holds back');
			expect(checks(reads('Look', ['Start -> Look', 'Look -> Mail', 'Look -> Set', 'Mail -> Set']))).toEqual([['warning', 'data from before a sender', 'Set']]);
			expect(checks(reads('Start', ['Start -> Mail', 'Mail -> Look', 'Look -> Set']))).toEqual([['warning', 'data from before a sender', 'Set']]);
		});

		it('has nothing against data from a sender, from behind it, past one that is off, or where the expression asks whether the node has run', () => {
			const reads = (text: string, more: Drawn = {}, edges = ['Start -> Look', 'Look -> Mail', 'Mail -> Next', 'Next -> Set']) => at(text, { Look: ['set'], Mail: ['journeyEmail'], Next: ['set'], ...more }, edges);

			expect(reads("={{ $('Mail').item.json.name }}")).toEqual([]);
			expect(reads("={{ $('Next').item.json.name }}")).toEqual([]);
			expect(reads("={{ $('Look').item.json.name }}", { Mail: ['journeyEmail', {}, { disabled: true }] })).toEqual([]);
			expect(reads("={{ $('Look').isExecuted ? $('Look').item.json.name : '' }}")).toEqual([]);
			expect(reads("={{ $('Look').item.json.name }}", {}, ['Start -> Look', 'Look -> Set', 'Set -> Mail'])).toEqual([]);
		});

		it.each(['Look', 'Mail'])('has nothing against data from %s in a loop with a sender, where it runs again for whom the sender held', (of) => {
			const findings = at(`={{ $('${of}').item.json.name }}`, { Look: ['set'], Mail: ['journeyEmail'] }, ['Start -> Look', 'Look -> Mail', 'Mail -> Look', `${of} -> Set`]);

			expect(checks(findings)).toEqual([['problem', 'loop without a wait', 'Mail']]);
		});

		it('lets a Code node that runs once for all see all of what comes in, but not the first of another node', () => {
			const code = (jsCode: string) => found({ ...START, Code: ['code', { jsCode }] }, ['Start -> Code']);

			expect(code('return $input.all();')).toEqual([]);
			expect(checks(code("const { name } = $('Start').first().json; return $input.all();"))).toEqual([['problem', 'one person’s data for all', 'Code']]);
		});

		it('does not look at nodes that nobody of a journey comes by', () => {
			expect(found({ ...START, Hook: ['webhook'], Set: ['set', { value: "={{ $('Hook').first().json.name }}" }] }, ['Hook -> Set'])).toEqual([]);
		});
	});

	it('finds foreign effects outside of a gate, and lets those inside of one and on other triggers be', () => {
		expect(checks(found({ ...START, Slack: ['slack'] }, ['Start -> Slack']))).toEqual([['warning', 'effect without a gate', 'Slack']]);
		expect(found({ ...START, Gate: ['journeyAnyChannel'], Slack: ['slack'] }, ['Start -> Gate', 'Gate:1 -> Slack', 'Slack -> Gate'])).toEqual([]);
		expect(checks(found({ ...START, Gate: ['journeyAnyChannel'], Chat: ['slack'], Slack: ['slack'], Wait: ['journeyWait'] }, ['Start -> Gate', 'Gate:1 -> Chat', 'Chat -> Gate', 'Gate:0 -> Slack', 'Slack -> Wait', 'Wait -> Gate']))).toEqual([['warning', 'effect without a gate', 'Slack']]);
		expect(found({ ...START, Hook: ['webhook'], Slack: ['slack'] }, ['Hook -> Slack'])).toEqual([]);
		expect(found({ ...START, Slack: ['slack', {}, { disabled: true }] }, ['Start -> Slack'])).toEqual([]);
	});

	it('finds steps nobody can reach, and tells them from steps of another trigger', () => {
		expect(checks(found({ ...START, Mail: ['journeyEmail'], Lost: ['journeyWait'] }, ['Start -> Mail', 'Lost -> Mail']))).toEqual([['problem', 'step nobody can reach', 'Lost']]);
		expect(checks(found({ ...START, Lost: ['journeyWait'], After: ['journeyGoal'] }, ['Lost -> After']))).toEqual([['problem', 'step nobody can reach', 'Lost'], ['problem', 'step nobody can reach', 'After']]);
		expect(checks(found({ ...START, Sheet: ['webhook'], Mail: ['journeyEmail'] }, ['Sheet -> Mail']))).toEqual([['note', 'step outside the journey', 'Mail']]);
	});

	it('goes on behind a step that is off by its first output, as n8n does', () => {
		const drawn: Drawn = { ...START, Off: ['journeyBranch', {}, { disabled: true }], Mail: ['journeyEmail'], Wait: ['journeyWait'] };

		expect(checks(found(drawn, ['Start -> Off', 'Off:0 -> Wait', 'Off:1 -> Mail']))).toEqual([['problem', 'step nobody can reach', 'Mail']]);
	});

	it('finds a loop without a wait, and none in one with a wait', () => {
		expect(checks(found({ ...START, Goal: ['journeyGoal'] }, ['Start -> Goal', 'Goal -> Goal']))).toEqual([['problem', 'loop without a wait', 'Goal']]);
		expect(found({ ...START, Goal: ['journeyGoal'], Wait: ['journeyWait'] }, ['Start -> Goal', 'Goal -> Wait', 'Wait -> Goal'])).toEqual([]);
	});

	it.each<[string, Drawn[string]]>([['an approval', ['slack', { operation: 'sendAndWait' }]], ['a form', ['form']], ['a wait for a call', ['wait', { resume: 'webhook' }]]])('finds %s that a batch of people comes to, and none that each comes to alone', (_what, ask) => {
		const drawn = (batchSize: object): Drawn => ({ ...START, Rest: ['journeyWait', { options: batchSize }], Ask: ask, Goal: ['journeyGoal'] });
		const edges = ['Start -> Rest', 'Rest -> Ask', 'Ask -> Goal'];
		const about = (findings: Finding[]) => checks(findings).filter(([, check]) => check === 'one answer for a batch');

		expect(about(found(drawn({}), edges))).toEqual([['problem', 'one answer for a batch', 'Ask']]);
		expect(about(found(drawn({ batchSize: 1 }), edges))).toEqual([]);
		expect(about(found({ ...START, Ask: ['wait', { resume: 'timeInterval' }] }, ['Start -> Ask']))).toEqual([]);
		expect(about(found({ ...drawn({}), Ask: [ask[0], ask[1] ?? {}, { disabled: true }] }, edges))).toEqual([]);
		expect(about(found({ ...drawn({}), Hook: ['webhook'] }, ['Start -> Rest', 'Hook -> Ask']))).toEqual([]);
	});

	describe('of a Journey Join', () => {
		const join: Drawn = { ...START, Filter: ['segmentFilter'], A: ['journeyWait'], B: ['journeyWait'], Join: ['journeyJoin'] };

		it('finds one that nobody can meet at, since each person takes one of the ways only, and names where they part', () => {
			const findings = found(join, ['Start -> Filter', 'Filter:0 -> A', 'Filter:1 -> B', 'A -> Join', 'B -> Join']);

			expect(checks(findings)).toEqual([['problem', 'join that cannot meet', 'Join']]);
			expect(findings[0]?.message).toContain('2 paths have arrived, but nobody can come by more than 1: from "Filter" each person takes one of the ways only');
		});

		it.each<[string, Drawn[string]]>([
			['a Switch', ['switch']], ['a Switch set to the first match', ['switch', { options: { allMatchingOutputs: false } }]], ['a Journey Throttle', ['journeyThrottle']], ['a Journey Goal', ['journeyGoal']],
		])('finds one behind %s, whose items leave by one output only', (_what, parting) => {
			const findings = found({ ...START, Parting: parting, A: ['journeyWait'], B: ['journeyWait'], Join: ['journeyJoin'] }, ['Start -> Parting', 'Parting:0 -> A', 'Parting:1 -> B', 'A -> Join', 'B -> Join']);

			expect(checks(findings)).toEqual([['problem', 'join that cannot meet', 'Join']]);
			expect(findings[0]?.message).toContain('from "Parting" each person takes one of the ways only');
		});

		it('finds one whose number is more than anybody can bring, and one of a single line', () => {
			const fork = ['Start -> A', 'Start -> Filter', 'Filter:0 -> B', 'Filter:1 -> Join', 'A -> Join', 'B -> Join'];
			expect(checks(found(join, fork))).toEqual([['problem', 'join that cannot meet', 'Join']]);
			expect(checks(found({ ...join, Join: ['journeyJoin', { continueWhen: 'number', paths: 2 }] }, fork))).toEqual([]);
			expect(checks(found({ ...START, A: ['journeyWait'], Join: ['journeyJoin'] }, ['Start -> A', 'A -> Join']))).toEqual([['problem', 'join that cannot meet', 'Join']]);
		});

		it('has nothing against a fork, the first of several ways, ways that part and meet again before, a step that is off, and a loop that comes round by another way', () => {
			expect(found({ ...START, A: ['journeyWait'], B: ['journeyWait'], Join: ['journeyJoin'] }, ['Start -> A', 'Start -> B', 'A -> Join', 'B -> Join'])).toEqual([]);
			expect(found({ ...join, Join: ['journeyJoin', { continueWhen: 'first' }] }, ['Start -> Filter', 'Filter:0 -> A', 'Filter:1 -> B', 'A -> Join', 'B -> Join'])).toEqual([]);
			expect(found(join, ['Start -> Filter', 'Filter:0 -> A', 'Filter:1 -> A', 'Start -> B', 'A -> Join', 'B -> Join'])).toEqual([]);
			expect(found({ ...join, Filter: ['segmentFilter', {}, { disabled: true }] }, ['Start -> Filter', 'Filter:0 -> A', 'Filter:0 -> B', 'A -> Join', 'B -> Join'])).toEqual([]);
			expect(found({ ...START, A: ['journeyWait'], B: ['journeyWait'], Join: ['journeyJoin'], Switch: ['switch', { options: { allMatchingOutputs: true } }] }, ['Start -> Switch', 'Switch:0 -> A', 'Switch:1 -> B', 'A -> Join', 'B -> Join'])).toEqual([]);
			expect(found(join, ['Start -> Filter', 'Filter:0 -> A', 'Filter:1 -> B', 'A -> Join', 'B -> Join', 'B -> Filter'])).toEqual([]);
		});

		it('finds it also behind a loop', () => {
			const loop = ['Start -> Round', 'Round:1 -> Round', 'Round:0 -> Filter', 'Filter:0 -> A', 'Filter:1 -> B', 'A -> Join', 'B -> Join'];

			expect(checks(found({ ...join, Round: ['journeyWaitForEvent', { event: 'Ordered' }] }, loop))).toEqual([['problem', 'join that cannot meet', 'Join']]);
		});

		it('counts no line by which nobody comes, and says nothing of a join that is off or that nobody comes to', () => {
			const [stray] = found({ ...join, Lost: ['noOp'] }, ['Start -> A', 'A -> Join', 'Lost -> Join']);
			const apart = found({ ...join, Join: ['journeyJoin', { continueWhen: 'number', paths: 2 }], Lost: ['noOp'] }, ['Start -> A', 'Lost -> Join']);
			const off = found({ ...join, Join: ['journeyJoin', {}, { disabled: true }] }, ['Start -> Filter', 'Filter:0 -> A', 'Filter:1 -> B', 'A -> Join', 'B -> Join']);

			expect(stray?.message).toBe('"Join" joins nothing: one line leads into it.');
			expect([...apart, ...off].filter(({ check }) => check === 'join that cannot meet')).toEqual([]);
		});

		it('leaves a drawing alone that has more sets of ways than can be looked at', () => {
			const filters = Array.from({ length: 10 }, (_, n) => n);
			const nodes: Drawn = { ...START, Join: ['journeyJoin'], ...Object.fromEntries(filters.flatMap((n) => [[`F${n}`, ['segmentFilter']], [`A${n}`, ['journeyWait']], [`B${n}`, ['journeyWait']]])) };

			expect(found(nodes, filters.flatMap((n) => [`Start -> F${n}`, `F${n}:0 -> A${n}`, `F${n}:1 -> B${n}`, `A${n} -> Join`, `B${n} -> Join`]))).toEqual([]);
		});
	});

	it('finds a wait for a message where nobody has been sent one by then', () => {
		const opened = { waitFor: 'message', happened: 'opened' };
		const drawn: Drawn = { ...START, Mail: ['journeyEmail'], Opened: ['journeyWaitForEvent', opened] };
		const more: Drawn = { ...drawn, Later: ['journeyEmail'] };

		const findings = found(drawn, ['Start -> Opened', 'Opened:0 -> Mail']);
		expect(checks(findings)).toEqual([['problem', 'wait that cannot end', 'Opened']]);
		expect(findings[0]?.message).toContain('no way leads there from a sender');
		expect(checks(found({ ...more, Opened: ['journeyWaitForEvent', { ...opened, messageStep: { __rl: true, mode: 'list', value: 'id-Later' } }] }, ['Start -> Mail', 'Mail -> Opened', 'Opened:1 -> Later']))).toEqual([['problem', 'wait that cannot end', 'Opened']]);
		expect(found({ ...more, Opened: ['journeyWaitForEvent', { ...opened, messageStep: { __rl: true, mode: 'name', value: 'Mail' } }] }, ['Start -> Mail', 'Mail -> Opened', 'Opened:1 -> Later'])).toEqual([]);
		const waiting = (step: string, edges: string[], mail: Partial<CheckedNode> = {}, wait: Partial<CheckedNode> = {}) =>
			checks(found({ ...START, Mail: ['journeyEmail', {}, mail], Opened: ['journeyWaitForEvent', { ...opened, messageStep: { __rl: true, mode: 'list', value: step } }, wait] }, edges)).filter(([, check]) => check === 'wait that cannot end');
		expect(waiting('id-Mail', ['Start -> Mail', 'Mail -> Opened'])).toEqual([]);
		expect(waiting('id-Mail', ['Start -> Mail', 'Mail -> Opened'], { disabled: true })).toEqual([['problem', 'wait that cannot end', 'Opened']]);
		expect(waiting('id-Gone', ['Start -> Mail', 'Mail -> Opened'])).toEqual([['problem', 'wait that cannot end', 'Opened']]);
		expect(waiting('id-Mail', ['Start -> Opened', 'Opened -> Mail'], {}, { disabled: true })).toEqual([]);
		expect(waiting('={{ $json.step }}', ['Start -> Opened', 'Opened -> Mail'])).toEqual([]);
		expect(found({ ...START, Gate: ['journeyAnyChannel'], Chat: ['slack'], Opened: ['journeyWaitForEvent', opened] }, ['Start -> Gate', 'Gate:1 -> Chat', 'Chat -> Gate', 'Gate:0 -> Opened'])).toEqual([]);
	});

	describe('of variants', () => {
		const mail = (parameters: object): Finding[] => found({ ...START, Mail: ['journeyEmail', parameters] }, ['Start -> Mail']);
		const ab = (...variant: object[]) => ({ variants: 'abn', variantList: { variant } });

		it('has nothing against two of which one differs, in equal or in whole shares', () => {
			expect(mail(ab({ name: 'A' }, { name: 'B', subject: 'Hi' }))).toEqual([]);
			expect(mail(ab({ name: 'A', share: 33.33 }, { name: 'B', share: 33.33, subject: 'x' }, { name: 'C', share: 33.33, at: '18:00' }))).toEqual([]);
			expect(mail({ variants: 'multivariate', variantList: { variant: [{ factor: 'Subject', name: 'A' }, { factor: 'Subject', name: 'B', subject: 'x' }, { factor: 'Time', name: 'A' }, { factor: 'Time', name: 'B', at: '18:00' }] } })).toEqual([]);
			expect(mail({ variants: 'none', variantList: { variant: [{ name: '' }] } })).toEqual([]);
		});

		it.each<[string, object, Finding['level'], string]>([
			['one variant only', ab({ name: 'A', subject: 'x' }), 'problem', 'There is one variant only of "Mail"'],
			['none', ab(), 'problem', 'has a test and no variant'],
			['the same name twice', ab({ name: 'A' }, { name: 'A', subject: 'x' }), 'problem', 'Two variants of "Mail" are named "A".'],
			['no name', ab({ name: 'A' }, { name: ' ', subject: 'x' }), 'problem', 'A variant of "Mail" has no name.'],
			['shares that do not add up', ab({ name: 'A', share: 50 }, { name: 'B', share: 40, subject: 'x' }), 'problem', 'add up to 90, not to 100.'],
			['nothing left for one', ab({ name: 'A', share: 60 }, { name: 'B', share: 40, subject: 'x' }, { name: 'C', subject: 'y' }), 'problem', 'nothing is left for those without one'],
			['nothing that differs', ab({ name: 'A' }, { name: 'B', template: { __rl: true, mode: 'list', value: '' } }), 'warning', 'change nothing'],
			['no factor', { variants: 'multivariate', variantList: { variant: [{ factor: '', name: 'A' }, { name: 'B', subject: 'x' }, { factor: 'Time', name: 'A' }, { factor: 'Time', name: 'B', at: '18:00' }] } }, 'problem', 'says no factor'],
			['one alternative of a factor', { variants: 'multivariate', variantList: { variant: [{ factor: 'Subject', name: 'A' }, { factor: 'Subject', name: 'B', subject: 'x' }, { factor: 'Time', name: 'B', at: '18:00' }] } }, 'problem', 'There is one variant only of the factor "Time" of "Mail"'],
		])('says that there is %s', (_what, parameters, level, message) => {
			expect(mail(parameters)).toMatchObject([{ level, check: 'variants', node: 'Mail', message: expect.stringContaining(message) as string }]);
		});

		it('reads the Liquid of variants as that of the message', () => {
			const node = { type: `${OURS}journeyEmail`, parameters: { contentSource: 'text', subject: 'Hi', text: 'x', ...ab({ name: 'A' }, { name: 'B', subject: '{{ profile.nickname }}' }) } } as unknown as CheckedNode;

			expect(bareAttributes(node)).toEqual(['nickname']);
		});
	});

	it('refuses what is no workflow with what to give instead', () => {
		expect(() => readGraph({ a: 1 })).toThrow('has no list of nodes');
		expect(() => readGraph('{')).toThrow('no JSON');
		expect(() => readGraph({ nodes: [{}] })).toThrow('no name or no type');
	});
});

describe('attributes that a mail shows', () => {
	const of = (parameters: object) => bareAttributes({ id: '', name: '', type: '', typeVersion: 1, disabled: false, parameters: parameters as INodeParameters });

	it('are those without a default and without a question before', () => {
		expect(of({
			subject: 'Hello {{ profile.firstName }}', contentSource: 'html',
			html: '{{ profile.city | default: "your town" }} {% if profile.plan %}{{ profile.plan | upcase }}{% endif %} {{ profile.address.street | escape }} {{ profile.email }} {{ item.name }} {{ "profile.fake" }}',
			mjml: '{{ profile.elsewhere }}',
		})).toEqual(['firstName', 'address.street']);
	});

	it.each([['journeySms', {}, ['email']], ['journeyChat', { provider: 'telegram' }, ['email', 'phone']], ['journeyChat', { provider: 'kakao' }, ['email']]])('are not the address that it goes to: %s %p', (type, parameters, shown) => {
		const node = { id: '', name: '', type: `${OURS}${type}`, typeVersion: 1, disabled: false, parameters: { contentSource: 'text', text: '{{ profile.email }} {{ profile.phone }}', ...parameters } };

		expect(bareAttributes(node)).toEqual(shown);
	});

	it('are told from properties of the event and fields of the item, also of the same names', () => {
		const node = { id: '', name: '', type: '', typeVersion: 1, disabled: false, parameters: { contentSource: 'text', subject: '{{ event.properties.product.name }}', text: '{{ item.headline }} {{ item.profile.x }} {{ event.name }} {{ event.properties.price | default: 0 }}' } };

		expect([bareAttributes(node), barePaths(node, 'event.properties'), barePaths(node, 'item')]).toEqual([[], ['product.name'], ['headline', 'profile.x']]);
	});

	it('of direct mail are those of the sides that are written here', () => {
		const sides = { piece: 'postcard', frontHtml: '{{ profile.city }} {{ profile.email }}', backSource: 'template', backHtml: '{{ profile.elsewhere }}', letterHtml: '{{ profile.plan }}', toLine1: '{{ profile.address.street }}' };
		const ofPost = (parameters: object) => bareAttributes({ id: '', name: '', type: 'n8n-nodes-journeys.journeyDirectMail', typeVersion: 1, disabled: false, parameters: parameters as INodeParameters });

		expect([ofPost(sides), ofPost({ ...sides, piece: 'letter' })]).toEqual([['city', 'email'], ['plan']]);
	});

	it('are none where the content comes from expressions', () => {
		expect(of({ contentSource: 'expression', subject: '{{ profile.firstName }}' })).toEqual([]);
	});
});
