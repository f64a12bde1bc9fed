import type { INodeProperties } from 'n8n-workflow';

import type { RuleSource } from '../../engine';
import { entriesIn, readBy, ruleSourceFields, ruleSourceOptions } from '../shared/fields';

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
					options: ruleSourceOptions('Conditions that belong to this journey only'),
					default: 'saved',
					description: 'Where it is said who is meant',
				},
				...ruleSourceFields({ description: 'People who are in it at the moment', placeholder: 'e.g. Newsletter Readers' }),
			],
		}],
	};
}

/** null: no rule was added. Throws BAD_INPUT where something is missing. */
export function readPeople(value: unknown): RuleSource | null {
	const [raw] = entriesIn(value, 'people');
	return raw === undefined ? null : readBy((name, fallback) => (name === 'by' ? (raw.by ?? 'saved') : (raw[name] ?? fallback)));
}
