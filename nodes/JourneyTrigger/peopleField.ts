import type { INodeProperties } from 'n8n-workflow';

import type { RuleSource } from '../../engine';
import { entriesIn, nameLocator, readBy, ruleJsonField, rulePreviewField, segmentRuleFields } from '../shared/fields';

/** Whom a rule holds for: a rule of one's own or a saved segment, in a group that one adds. Read with readPeople(). */
export function peopleField(texts: Pick<INodeProperties, 'name' | 'displayName' | 'description'>): INodeProperties {
	return {
		...texts,
		type: 'fixedCollection',
		placeholder: 'Add Rule',
		default: {},
		options: [{
			displayName: 'Rule',
			name: 'people',
			values: [
				{
					displayName: 'Who',
					name: 'by',
					type: 'options',
					noDataExpression: true,
					options: [
						{ name: 'Own Rule', value: 'rule', description: 'Conditions that belong to this journey only' },
						{ name: 'Own Rule as JSON', value: 'json', description: 'The same, nested as deep as you like' },
						{ name: 'Saved Segment or List', value: 'saved', description: 'A segment or list made with Profile Engine, by its name' },
					],
					default: 'saved',
					description: 'Where it is said who is meant',
				},
				nameLocator({
					displayName: 'Segment or List', name: 'segment', list: 'searchGroups', placeholder: 'e.g. Newsletter Readers', description: 'People who are in it at the moment',
					displayOptions: { show: { by: ['saved'] } },
				}),
				...segmentRuleFields({ show: { by: ['rule'] } }),
				ruleJsonField({ show: { by: ['json'] } }),
				rulePreviewField({ show: { by: ['rule', 'json'] } }),
			],
		}],
	};
}

/** null: no rule was added. Throws BAD_INPUT where something is missing. */
export function readPeople(value: unknown): RuleSource | null {
	const [raw] = entriesIn(value, 'people');
	return raw === undefined ? null : readBy((name, fallback) => (name === 'by' ? (raw.by ?? 'saved') : (raw[name] ?? fallback)));
}
