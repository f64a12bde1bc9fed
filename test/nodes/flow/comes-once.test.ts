import type { Workflow } from 'n8n-workflow';

import { comesOnce } from '../../../nodes/shared/comesOnce';
import { foreignNodes } from '../harness/foreignNodes';
import { PREFIX } from '../harness/journey';
import { TestN8n, type Canvas, type Edge, type NodeSpec } from '../harness/n8n';

const ours = (name: string, type: string, more: Partial<NodeSpec> = {}): NodeSpec => ({ name, type: `${PREFIX}${type}`, ...more });
const foreign = (name: string, type: string, more: Partial<NodeSpec> = {}): NodeSpec => ({ name, type: `n8n-nodes-base.${type}`, ...more });
const NODES: readonly NodeSpec[] = [
	ours('Start', 'journeyTrigger'), ours('Other Start', 'journeyTrigger'), ours('Wait', 'journeyWait'), ours('Later', 'journeyWait'), ours('Branch', 'journeyBranch'),
	ours('Join', 'journeyJoin'), ours('Any', 'journeyAnyChannel'), ours('Best', 'journeyBestChannel'), ours('Text', 'journeySms'), ours('Mail', 'journeyEmail'), foreign('If', 'if'), foreign('Switch', 'switch'),
	foreign('All', 'switch', { parameters: { options: { allMatchingOutputs: true } } }), foreign('Loop', 'splitInBatches'), foreign('Slack', 'slack'),
	ours('Off', 'journeyWait', { disabled: true }), ours('Off Branch', 'journeyBranch', { disabled: true }),
];

/** What the nodes do is no matter here, only their types and lines. */
function drawn(canvas: Canvas): Workflow {
	const any = foreignNodes['n8n-nodes-base.set'];
	return new TestN8n(canvas, Object.fromEntries(canvas.nodes.flatMap(({ type }) => (any === undefined ? [] : [[type, any]])))).workflow;
}

function once(edges: Edge[], to = 'Mail', nodes = NODES): boolean {
	const used = new Set(edges.flatMap(([from, target]) => [from, target]));
	const canvas = { nodes: nodes.filter(({ name }) => used.has(name)), edges };
	return comesOnce(drawn(canvas), to);
}

describe('a canvas brings a person to a sender', () => {
	it.each<[string, Edge[]]>([
		['by one line', [['Start', 'Wait'], ['Wait', 'Mail']]],
		['by the outputs of a step of which a person takes one', [['Start', 'Branch'], ['Branch', 'Wait', 0], ['Branch', 'Later', 1], ['Wait', 'Mail'], ['Later', 'Mail']]],
		['by both outputs of an If', [['Start', 'If'], ['If', 'Mail', 0], ['If', 'Mail', 1]]],
		['by the first match of a Switch', [['Start', 'Switch'], ['Switch', 'Mail', 0], ['Switch', 'Mail', 2]]],
		['though another branch ends elsewhere', [['Start', 'Mail'], ['Start', 'Wait'], ['Wait', 'Slack']]],
		['behind a loop that is left by an output of its own', [['Start', 'Wait'], ['Wait', 'Branch'], ['Branch', 'Wait', 0], ['Branch', 'Mail', 1]]],
		['behind Loop Over Items', [['Start', 'Loop'], ['Loop', 'Slack', 1], ['Slack', 'Loop'], ['Loop', 'Mail', 0]]],
		['behind parallel paths that a Journey Join has made one', [['Start', 'Wait'], ['Start', 'Later'], ['Wait', 'Join'], ['Later', 'Join'], ['Join', 'Mail', 0], ['Join', 'Mail', 1]]],
		['from the triggers of two journeys, whose runs are their own', [['Start', 'Mail'], ['Other Start', 'Mail']]],
		['behind a disabled node, which passes on by its first output alone', [['Start', 'Off Branch'], ['Off Branch', 'Mail', 0], ['Off Branch', 'Mail', 1]]],
		['behind a gate, whose loop is one visit', [['Start', 'Any'], ['Any', 'Slack', 1], ['Slack', 'Any'], ['Any', 'Mail', 0]]],
		['behind a channel of a Journey Best Channel, all of which lead back', [['Start', 'Best'], ['Best', 'Mail', 2], ['Mail', 'Best', 0], ['Mail', 'Best', 1], ['Best', 'Text', 3], ['Text', 'Best', 0], ['Text', 'Best', 1]]],
		['behind both ways on of a Journey Best Channel', [['Start', 'Best'], ['Best', 'Text', 2], ['Text', 'Best', 0], ['Text', 'Best', 1], ['Best', 'Mail', 0], ['Best', 'Mail', 1]]],
		['behind Reached of a Journey Best Channel', [['Start', 'Best'], ['Best', 'Text', 2], ['Text', 'Best', 0], ['Text', 'Best', 1], ['Best', 'Mail', 0]]],
	])('once: %s', (_title, edges) => {
		expect(once(edges)).toBe(true);
	});

	it.each<[string, Edge[]]>([
		['behind a Journey Best Channel to which those who were reached come again', [['Start', 'Best'], ['Best', 'Mail', 2], ['Mail', 'Best', 0], ['Best', 'Wait', 0], ['Wait', 'Best']]],
		['in a loop', [['Start', 'Mail'], ['Mail', 'Wait', 0], ['Wait', 'Mail']]],
		['behind a loop that leads out with each round', [['Start', 'Wait'], ['Wait', 'Wait'], ['Wait', 'Mail']]],
		['by two lines out of one output', [['Start', 'Wait'], ['Start', 'Later'], ['Wait', 'Mail'], ['Later', 'Mail']]],
		['by two lines out of one output of a branch', [['Start', 'Branch'], ['Branch', 'Wait', 1], ['Branch', 'Mail', 1], ['Wait', 'Mail']]],
		['by a Switch that uses all outputs that match', [['Start', 'All'], ['All', 'Mail', 0], ['All', 'Mail', 1]]],
		['by outputs of a node that nobody knows', [['Start', 'Slack'], ['Slack', 'Mail', 0], ['Slack', 'Mail', 1]]],
		['by a Journey Join and past it', [['Start', 'Wait'], ['Start', 'Later'], ['Wait', 'Join'], ['Later', 'Join'], ['Join', 'Mail'], ['Start', 'Mail']]],
		['by a Journey Join into which a loop leads again and again', [['Start', 'Wait'], ['Wait', 'Later', 0], ['Wait', 'Join', 0], ['Later', 'Wait'], ['Later', 'Join'], ['Join', 'Mail']]],
		['in a loop over a disabled node', [['Start', 'Mail'], ['Mail', 'Off'], ['Off', 'Mail']]],
		['inside Loop Over Items', [['Start', 'Loop'], ['Loop', 'Mail', 1], ['Mail', 'Loop']]],
	])('more than once: %s', (_title, edges) => {
		expect(once(edges)).toBe(false);
	});

	it('cannot be told of a sender that no Journey Trigger leads to', () => {
		expect(once([['Slack', 'Mail']])).toBe(false);
		expect(once([['Start', 'Mail']], 'Mail', NODES.map((node) => (node.name === 'Start' ? { ...node, disabled: true } : node)))).toBe(false);
		expect(comesOnce(undefined, 'Mail')).toBe(false);
	});

	it('once: a gate, whose own loop brings back the answer, unless another loop leads there', () => {
		const gate: Edge[] = [['Start', 'Any'], ['Any', 'Slack', 1], ['Slack', 'Any']];

		expect(once(gate, 'Any')).toBe(true);
		expect(once([...gate, ['Any', 'Wait', 0], ['Wait', 'Any']], 'Any')).toBe(false);
	});

	it('is looked at quickly on a canvas of two hundred steps with forks and joins', () => {
		const nodes: NodeSpec[] = [ours('Start', 'journeyTrigger')];
		const edges: Edge[] = [];
		let last = 'Start';
		for (let n = 0; n < 50; n += 1) {
			nodes.push(ours(`A${n}`, 'journeyWait'), ours(`B${n}`, 'journeyWait'), ours(`J${n}`, 'journeyJoin'), ours(`M${n}`, 'journeyEmail'));
			edges.push([last, `A${n}`], [last, `B${n}`], [`A${n}`, `J${n}`], [`B${n}`, `J${n}`], [`J${n}`, `M${n}`]);
			last = `M${n}`;
		}
		const workflow = drawn({ nodes, edges });

		expect(nodes.filter(({ type }) => type.endsWith('journeyEmail')).map(({ name }) => comesOnce(workflow, name))).toEqual(Array.from({ length: 50 }, () => true));
	});
});
