import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { ProfileEngine } from '../../../nodes/ProfileEngine/ProfileEngine.node';
import { errorOf, outputOf } from '../harness/n8n';
import { Desk, SUBJECT } from './desk';
import { TOUR } from './tour';
import { openWorld } from './world';
import type { World } from './world';

const { properties } = new ProfileEngine().description;

/** "resource: operation" of all that the panel offers. */
function offered(): string[] {
	const resources = choices(properties.find(({ name }) => name === 'resource'));
	return resources.flatMap((resource) =>
		properties.filter(({ name, displayOptions }) => name === 'operation' && displayOptions?.show?.resource?.includes(resource)).flatMap((operation) => choices(operation).map((value) => `${resource}: ${value}`)),
	);
}

function choices(property: INodeProperties | undefined): string[] {
	return (property?.options ?? []).flatMap((option) => ('value' in option ? [String(option.value)] : []));
}

let world: World;

beforeEach(async () => {
	world = await openWorld();
});
afterEach(async () => await world.close());

describe('Profile Engine', () => {
	it('has each operation of its panel run here by n8n-core, and none that the panel does not offer', () => {
		expect(Object.keys(TOUR).sort()).toEqual(offered().sort());
	});

	it.each(Object.entries(TOUR))('runs %s with the least that must be filled in', async (pair, stop) => {
		const [resource, operation] = pair.split(': ');
		await stop.before?.(world);
		const desk = new Desk({ type: 'profileEngine', node: new ProfileEngine(), parameters: { resource, operation, ...stop.parameters?.(world) } });

		const run = await desk.run([stop.item ?? { json: {} }]);

		expect(errorOf(run)).toBeUndefined();
		const items = outputOf(run, SUBJECT);
		expect(items[0]?.json).toMatchObject(stop.shows);
		expect(Object.values(items[0]?.binary ?? {}).length > 0).toBe(stop.file === true);
		for (const item of items) expectRow(item);
	});
});

/** Below these keys stand names that people chose. */
const FREE = new Set(['attributes', 'properties', 'types', 'retention', 'identityLimits', 'blockedIdentities', 'sections', 'changes']);

/** What an item must look like for the next node: paired, in camelCase, times in ISO 8601, profiles under one name. */
function expectRow({ json, pairedItem }: INodeExecutionData): void {
	expect(pairedItem).toEqual({ item: 0 });
	const wrong: string[] = [];
	look(json, '', wrong);
	expect(wrong).toEqual([]);
}

function look(value: unknown, path: string, wrong: string[]): void {
	if (Array.isArray(value)) value.forEach((one) => look(one, `${path}[]`, wrong));
	else if (typeof value === 'object' && value !== null) for (const [key, inner] of Object.entries(value)) lookAt(key, inner, `${path}.${key}`, wrong);
}

function lookAt(key: string, value: unknown, path: string, wrong: string[]): void {
	if (!/^[a-z][A-Za-z0-9]*$/.test(key)) wrong.push(`${path} is not in camelCase`);
	if (/Ms$/.test(key)) wrong.push(`${path} is a time that people cannot read`);
	if (/(^at|At|^since|Since|Until)$/.test(key) && value !== null && !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(String(value))) wrong.push(`${path} is no time in ISO 8601: ${String(value)}`);
	if (key === 'profile') wrong.push(`${path} is called profileId elsewhere`);
	if (value === undefined) wrong.push(`${path} is undefined`);
	if (!FREE.has(key)) look(value, path, wrong);
}
