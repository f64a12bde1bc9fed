import '../nodes/harness/environment';

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeHelpers, type IConnections, type INode, type INodeParameters, type INodeType } from 'n8n-workflow';

import { verifyStory } from '../../demo/story.mjs';
import { compileEmail } from '../../engine/templates';

const root = join(__dirname, '..', '..');

interface StoredWorkflow {
	name: string;
	nodes: INode[];
	connections: IConnections;
	settings: { saveDataSuccessExecution?: string };
}

/** The workflows as a person imports them. They run for real, in a real n8n, in the end-to-end suite and the demo. */
const read = (folder: string): Array<[string, StoredWorkflow]> => readdirSync(join(root, folder))
	.filter((name) => name.endsWith('.json'))
	.map((name): [string, StoredWorkflow] => [name, JSON.parse(readFileSync(join(root, folder, name), 'utf8')) as StoredWorkflow]);
/** Those that the demo plays, and those beside it. */
const played = [...read('workflows'), ...read('workflows/demo')];
const workflows = [...played, ...read('workflows/journeys')];

const ourTypes = new Map(
	(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { n8n: { nodes: string[] } }).n8n.nodes.map((file): [string, INodeType] => {
		const source = file.replace(/^dist\//, '').replace(/\.js$/, '');
		const name = source.split('/').at(-1)?.replace('.node', '') ?? '';
		const module_ = jest.requireActual<Record<string, new () => INodeType>>(join(root, source));
		const type = module_[name];
		if (type === undefined) throw new Error(`${source} exports no class ${name}`);
		const node = new type();
		return [`n8n-nodes-journeys.${node.description.name}`, node];
	}),
);

function ours(workflow: StoredWorkflow): INode[] {
	return workflow.nodes.filter((node) => node.type.startsWith('n8n-nodes-journeys.'));
}

describe.each(workflows)('%s', (_file, workflow) => {
	it('uses only nodes of ours that exist', () => {
		expect(ours(workflow).map((node) => node.type).filter((type) => !ourTypes.has(type))).toEqual([]);
	});

	it('sets only parameters that its nodes show, so that nothing is silently ignored', () => {
		const ignored = ours(workflow).flatMap((node) => {
			const description = ourTypes.get(node.type)?.description;
			if (description === undefined) return [];
			const used: INodeParameters = NodeHelpers.getNodeParameters(description.properties, node.parameters, true, false, node, description) ?? {};
			return Object.keys(node.parameters).filter((name) => !(name in used)).map((name) => `${node.name}: ${name}`);
		});

		expect(ignored).toEqual([]);
	});

	it('leaves no required field empty', () => {
		const issues = ours(workflow).flatMap((node) => {
			const description = ourTypes.get(node.type)?.description;
			const found = description === undefined ? null : NodeHelpers.getNodeParametersIssues(description.properties, node, description);
			return found === null ? [] : [`${node.name}: ${JSON.stringify(found.parameters)}`];
		});

		expect(issues).toEqual([]);
	});

	it('connects nodes that exist, by outputs that they have', () => {
		const names = new Set(workflow.nodes.map((node) => node.name));
		const wrong = Object.entries(workflow.connections).flatMap(([from, { main }]) => {
			const source = workflow.nodes.find((node) => node.name === from);
			const outputs = source === undefined ? 0 : (ourTypes.get(source.type)?.description.outputs.length ?? main?.length ?? 0) + (source.onError === 'continueErrorOutput' ? 1 : 0);
			return [
				...(source === undefined ? [from] : []),
				...((main?.length ?? 0) > outputs ? [`${from} has only ${outputs} outputs`] : []),
				...(main ?? []).flatMap((output) => (output ?? []).filter(({ node }) => !names.has(node)).map(({ node }) => node)),
			];
		});

		expect(wrong).toEqual([]);
	});

	it('holds nothing of anybody\'s own: no credential, no address of a machine, no pinned data', () => {
		expect(JSON.stringify(workflow)).not.toMatch(/"credentials"|pinData|localhost|127\.0\.0\.1|password|apiKey/i);
	});

	it('has node ids and names of its own', () => {
		expect(new Set(workflow.nodes.map((node) => node.id)).size).toBe(workflow.nodes.length);
		expect(new Set(workflow.nodes.map((node) => node.name)).size).toBe(workflow.nodes.length);
	});

	it('writes mails that compile, with a way to unsubscribe', async () => {
		for (const node of ours(workflow).filter(({ type, parameters }) => type.endsWith('.journeyEmail') && parameters.contentSource === 'mjml')) {
			const { subject, preheader, mjml } = node.parameters as { subject: string; preheader: string; mjml: string };
			const mail = await compileEmail({ subject, preheader, body: { kind: 'mjml', source: mjml } });
			const rendered = await mail.render({ profile: { first_name: 'Zoë', email: 'zoe@example.com' }, journey: {}, event: null, item: {}, links: { unsubscribeUrl: 'https://shop.example/u' } });

			expect(rendered.html).toContain('https://shop.example/u');
			expect(`${rendered.subject} ${rendered.html}`).toContain('Zoë');
		}
	});
});

describe.each(read('workflows/journeys'))('the drawing of %s', (_file, { nodes, connections }) => {
	/** n8n draws a node 100 wide and high, its name below. */
	const SIZE = 100;
	const NAME = 40;
	const notes = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
	const steps = nodes.filter(({ type }) => type !== 'n8n-nodes-base.stickyNote');
	const at = (name: string): [number, number] => steps.find((node) => node.name === name)?.position ?? [NaN, NaN];

	it('says what it is for, and has a place of its own for each node, on n8n\'s grid', () => {
		expect(notes.map(({ name }) => name)).toEqual(['About', 'About the Set-Up']);
		expect(nodes.filter(({ position: [x, y] }) => x % 20 !== 0 || y % 20 !== 0).map(({ name }) => name)).toEqual([]);
		const close = steps.flatMap((one, n) => steps.slice(n + 1).filter((other) => Math.abs(one.position[0] - other.position[0]) < SIZE + 40 && Math.abs(one.position[1] - other.position[1]) < SIZE + NAME).map((other) => `${one.name} / ${other.name}`));
		expect(close).toEqual([]);
		for (const note of notes) {
			const [x, y, w, h] = [...note.position, Number(note.parameters.width), Number(note.parameters.height)];
			const half = steps.filter(({ position: [left, top] }) => left < x + w && left + SIZE > x && top < y + h && top + SIZE + NAME > y && !(left >= x && top >= y && left + SIZE <= x + w && top + SIZE + NAME <= y + h));
			expect(half.map(({ name }) => name)).toEqual([]);
		}
	});

	it('leads from left to right, and no line runs through a node or over another line', () => {
		const lines = Object.entries(connections).flatMap(([from, { main }]) => (main ?? []).flatMap((targets, output) => (targets ?? []).map(({ node }) => {
			const [[x1, y1], [x2, y2]] = [at(from), at(node)];
			const outputs = main?.length ?? 1;
			return { from, to: node, x1: x1 + SIZE, y1: y1 + SIZE / 2 + (outputs > 1 ? (output - (outputs - 1) / 2) * 40 : 0), x2, y2: y2 + SIZE / 2 };
		})));
		expect(lines.filter(({ x1, x2 }) => x2 <= x1).map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
		const over = lines.flatMap((line) => steps.filter(({ name, position: [x, y] }) => ![line.from, line.to].includes(name) && x < line.x2 && x + SIZE > line.x1 && y < Math.max(line.y1, line.y2) && y + SIZE > Math.min(line.y1, line.y2)).map(({ name }) => `${line.from} -> ${line.to} over ${name}`));
		expect(over).toEqual([]);
		const crossing = lines.flatMap((one, n) => lines.slice(n + 1).filter((other) => one.x1 < other.x2 && other.x1 < one.x2 && (one.y1 - other.y1) * (one.y2 - other.y2) < 0).map((other) => `${one.from} -> ${one.to} x ${other.from} -> ${other.to}`));
		expect(crossing).toEqual([]);
	});
});

it('keeps journeys out of the list of executions: the engine has the history, and what n8n keeps cannot be erased', () => {
	const journeys = workflows.filter(([, workflow]) => workflow.nodes.some(({ type }) => type.endsWith('.journeyTrigger')));

	expect(journeys.length).toBeGreaterThan(0);
	expect(journeys.map(([, workflow]) => workflow.settings.saveDataSuccessExecution)).toEqual(journeys.map(() => 'none'));
});

it('tells the story that the demo plays: each of its mails in one place, each of its waits where it looks for it', () => {
	const stored = Object.fromEntries(played.map(([file, content]) => [file.replace(/\.json$/, ''), { content }]));

	// It throws, naming the workflow, for a mail or a wait that is missing or there twice.
	expect(verifyStory(stored)).toEqual({ clickWindowMs: expect.any(Number) as number, orderWindowMs: expect.any(Number) as number, reminderMs: expect.any(Number) as number, orderEndsWelcome: false });
});
