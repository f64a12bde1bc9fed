import type { ILoadOptionsFunctions, INodeListSearchItems, INodeListSearchResult, INodeProperties } from 'n8n-workflow';

import { getEngine } from '../engine';
import { parameterPathOf } from '../runtime';
import { readRuleJson, readSegmentRule } from './rule';

const SAMPLES = 5;
const LONGEST_SHOWN = 100;

/** n8n asks for a list when it is opened, with the parameters as they stand: the only place of a panel that can answer while one edits. */
export function rulePreviewField(displayOptions: INodeProperties['displayOptions']): INodeProperties {
	return {
		displayName: 'Check the Rule',
		name: 'rulePreview',
		type: 'resourceLocator',
		...(displayOptions ? { displayOptions } : {}),
		default: { mode: 'list', value: '' },
		description: 'Open the list to read the rule in words, for how many people it holds now, and some of them. What you choose changes nothing.',
		modes: [{
			displayName: 'Preview', name: 'list', type: 'list', placeholder: 'Open to see who this is...',
			typeOptions: { searchListMethod: 'previewRule', searchable: false, skipCredentialsCheckInRLC: true },
		}],
	};
}

/** The rule as it stands in the panel. What is wrong with it is an answer too. */
export async function previewRule(this: ILoadOptionsFunctions): Promise<INodeListSearchResult> {
	return { results: (await linesOf(this)).map((name, n): INodeListSearchItems => ({ name, value: `line ${n}` })) };
}

async function linesOf(context: ILoadOptionsFunctions): Promise<string[]> {
	// Beside the field, which may stand in one of several rules.
	const beside = parameterPathOf(context).split('.').slice(1, -1);
	const parameter = (name: string): unknown => context.getCurrentNodeParameter([...beside, name].join('.'));
	try {
		const isJson = parameter('by') === 'json' || parameter('ruleFrom') === 'json';
		const rule = isJson ? readRuleJson(parameter('ruleJson')) : readSegmentRule(parameter('combineGroups'), parameter('rule'));
		const { segments } = await getEngine(context);
		const sentence = await segments.describe(rule);
		const { count, sample } = await segments.preview({ rule }, { sample: SAMPLES });
		return [sentence, `${count.toLocaleString('en')} ${count === 1 ? 'person' : 'people'} now`, ...sample.map(({ profile, attributes }) => `Profile ${profile}: ${some(attributes)}`)];
	} catch (error) {
		return [error instanceof Error ? error.message : String(error)];
	}
}

function some(attributes: Record<string, unknown>): string {
	const text = Object.entries(attributes).map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`).join(', ');
	return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)} …` : text;
}
